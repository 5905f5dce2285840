/** The condition that every query for an account's batch, its items or its deliveries has. Tenancy depends on it. */
import { and, eq, type SQL } from "drizzle-orm";
import { batches } from "./schema.ts";

/** The batch has this id and belongs to the account. For queries that read `batches`. */
export function isOwnBatch(accountId: string, id: string): SQL | undefined {
  return and(eq(batches.accountId, accountId), eq(batches.id, id));
}
