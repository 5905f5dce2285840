/**
 * What something costs in US dollars. Binary fractions leave noise in the last digits (3 × 0.1 = 0.30000000000000004),
 * so that twelve significant ones are kept.
 */
export function costUsd(credits: number, rateUsd: number): number {
  return Number((credits * rateUsd).toPrecision(12));
}
