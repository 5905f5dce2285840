/** Keys and accounts as `npm run keys` prints them. */
import type { Account, listKeys } from "../../src/db/accounts.ts";

export function keyJson({ account, key }: Awaited<ReturnType<typeof listKeys>>[number]) {
  const { id, prefix, createdAt, revokedAt } = key;
  return { id, account, starts_with: prefix, created: isoDate(createdAt), revoked: isoDate(revokedAt) };
}

export function accountJson(account: Account, runningBatches = 0) {
  return {
    id: account.id,
    name: account.name,
    created: isoDate(account.createdAt),
    credit_limit: account.creditLimit ?? "unlimited",
    credits_used: account.creditsUsed,
    credits_reserved: account.creditsReserved,
    rate_usd: account.rateUsd,
    max_batch_items: account.maxBatchItems ?? "none",
    parsers: account.grantedParsers ?? "all",
    countries: account.grantedCountries ?? "all",
    running_batches: runningBatches,
    stored_items: account.storedItems,
  };
}

function isoDate(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
