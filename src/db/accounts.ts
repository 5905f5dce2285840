/** Accounts and their API keys. All functions throw what D1 throws. */
import { and, asc, eq, isNull } from "drizzle-orm";
import type { Database } from "./client.ts";
import { accounts, apiKeys } from "./schema.ts";

export type Account = typeof accounts.$inferSelect;
type ApiKey = typeof apiKeys.$inferSelect;

/** Finds the account that a key belongs to, by the key's hash. Null if the key does not exist or was revoked. */
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

export async function findAccountByName(db: Database, name: string): Promise<Account | null> {
  const [row] = await db.select().from(accounts).where(eq(accounts.name, name));
  return row ?? null;
}

/** Returns the account with this name, and creates it if there is none. */
export async function ensureAccount(
  db: Database,
  account: Pick<Account, "id" | "name" | "createdAt" | "webhookSecret">,
): Promise<Account> {
  await db.insert(accounts).values(account).onConflictDoNothing({ target: accounts.name });
  const found = await findAccountByName(db, account.name);
  if (!found) throw new Error(`The account ${account.name} could not be created.`);
  return found;
}

export async function listAccounts(db: Database): Promise<Account[]> {
  return db.select().from(accounts).orderBy(asc(accounts.name));
}

/** Changes an account and returns the result. Null if there is no such account. */
export async function updateAccount(
  db: Database,
  id: string,
  change: Partial<Account>,
): Promise<Account | null> {
  const [row] = await db.update(accounts).set(change).where(eq(accounts.id, id)).returning();
  return row ?? null;
}

export async function insertKey(db: Database, key: ApiKey): Promise<void> {
  await db.insert(apiKeys).values(key);
}

/** All keys with their accounts' names, oldest first. */
export async function listKeys(db: Database): Promise<{ account: string; key: ApiKey }[]> {
  return db
    .select({ account: accounts.name, key: apiKeys })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));
}

/** Revokes a key. Returns false if there is no such key, or it was revoked before. */
export async function revokeKey(db: Database, id: string, revokedAt: number): Promise<boolean> {
  const revoked = await db
    .update(apiKeys)
    .set({ revokedAt })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return revoked.length > 0;
}
