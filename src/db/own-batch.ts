/** The condition by which an account's batch, and what hangs on it, is found: tenancy is here. */
import { and, eq, type SQL } from "drizzle-orm";
import { batches } from "./schema.ts";

/** The batch of this id is the account's. For queries that read `batches`. */
export function isOwnBatch(accountId: string, id: string): SQL | undefined {
  return and(eq(batches.accountId, accountId), eq(batches.id, id));
}
