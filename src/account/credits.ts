/**
 * The price of some credits in US dollars, rounded to 12 significant digits: binary fractions are inexact
 * (3 × 0.1 = 0.30000000000000004).
 */
export function costUsd(credits: number, rateUsd: number): number {
  return Number((credits * rateUsd).toPrecision(12));
}
