/** The batch named in the path of a request. */
import type { Context } from "hono";
import { type BatchRow, findBatch } from "../db/batches.ts";
import { database } from "../db/client.ts";
import type { ApiEnv } from "./api-env.ts";
import { batchNotFound } from "./not-found.ts";

/** Reads the account's batch with this ID. @throws Problem `batch_not_found` */
export async function requestedBatch(c: Context<ApiEnv>, id: string): Promise<BatchRow> {
  const batch = await findBatch(database(c.env.DB), c.var.account.id, id);
  if (!batch) throw batchNotFound(id);
  return batch;
}
