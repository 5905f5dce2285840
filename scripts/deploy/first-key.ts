/** The first API key of a deployment. */
import { issueKey } from "../../src/account/issue-key.ts";
import { hashKey, newKey } from "../../src/account/keys.ts";
import { findKeyHolder, updateAccount } from "../../src/db/accounts.ts";
import type { Database } from "../../src/db/client.ts";

/** Trawl's account that the key belongs to. */
const accountName = "default";

/**
 * Creates a key.
 *
 * If the answer is lost, the database is asked whether it has the key, because nothing else could tell it again.
 *
 * @param onKey gets the key once it is stored, or may be
 * @throws what the database throws
 */
export async function createFirstKey(
  db: Database,
  maxBatchItems: number | null,
  onKey: (key: string) => void,
): Promise<void> {
  const key = newKey();
  let accountId: string | undefined;
  try {
    accountId = (await issueKey(db, accountName, Date.now(), key)).account.id;
  } catch (error) {
    const holder = await findKeyHolder(db, hashKey(key)).catch((unanswered: unknown) => {
      onKey(key);
      throw unanswered;
    });
    if (!holder) throw error;
    accountId = holder.account.id;
  }
  onKey(key);
  if (maxBatchItems !== null) await updateAccount(db, accountId, { maxBatchItems });
}
