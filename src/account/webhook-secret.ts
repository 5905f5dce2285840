/** The secrets that sign an account's webhooks, in the format of the Standard Webhooks specification. */
import { randomBytes } from "node:crypto";
import { type Account, updateAccount } from "../db/accounts.ts";
import type { Database } from "../db/client.ts";

/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;
/** How long both secrets sign after a rotation, so that receivers can switch. */
const OVERLAP_MS = 24 * 60 * 60 * 1000;

/** Generates a secret: `whsec_` and base64. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

/** Gives the account a new secret. The previous one also signs for a day. @throws what D1 throws */
export async function rotateWebhookSecret(
  db: Database,
  account: Account,
  now = Date.now(),
): Promise<Account | null> {
  return updateAccount(db, account.id, {
    webhookSecret: newWebhookSecret(),
    webhookSecretPrevious: account.webhookSecret,
    webhookSecretPreviousUntil: now + OVERLAP_MS,
  });
}
