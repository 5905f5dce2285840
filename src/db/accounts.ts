/** Accounts and their keys. All functions throw what D1 throws. */
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "./client.ts";
import { accounts, apiKeys } from "./schema.ts";

export type Account = typeof accounts.$inferSelect;

/** Whose key it is, by the key's hash. Null if there is no such key, or it was revoked. */
export async function findKeyHolder(
  db: Database,
  keyHash: string,
): Promise<{ keyId: string; account: Account } | null> {
  const [row] = await db
    .select({ keyId: apiKeys.id, account: accounts })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .where(and(eq(apiKeys.hash, keyHash), isNull(apiKeys.revokedAt)));
  return row ?? null;
}
