/** Issues API keys. */
import { type Account, ensureAccount, insertKey } from "../db/accounts.ts";
import type { Database } from "../db/client.ts";
import { newId } from "../text/id.ts";
import { hashKey, keyPrefix, newKey } from "./keys.ts";
import { newWebhookSecret } from "./webhook-secret.ts";

export interface IssuedKey {
  /** The key itself. It is shown once and not stored. */
  key: string;
  id: string;
  account: Account;
}

/** Issues a key for the account with this name, and creates the account if there is none. @throws what D1 throws */
export async function issueKey(
  db: Database,
  name: string,
  now = Date.now(),
  key = newKey(),
): Promise<IssuedKey> {
  const account = await ensureAccount(db, {
    id: newId("acct"),
    name,
    createdAt: now,
    webhookSecret: newWebhookSecret(),
  });
  const id = newId("key");
  await insertKey(db, {
    id,
    accountId: account.id,
    hash: hashKey(key),
    prefix: keyPrefix(key),
    createdAt: now,
    revokedAt: null,
  });
  return { key, id, account };
}
