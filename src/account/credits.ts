/** The price of some credits in US dollars. */
export function costUsd(credits: number, rateUsd: number): number {
  return roundedUsd(credits * rateUsd);
}

/** A price with 12 significant digits: binary fractions are inexact (3 × 0.1 = 0.30000000000000004). */
export function roundedUsd(usd: number): number {
  return Number(usd.toPrecision(12));
}
