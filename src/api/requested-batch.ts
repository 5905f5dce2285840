/** The batch that a path names. */
import type { Context } from "hono";
import { type BatchRow, findBatch } from "../db/batches.ts";
import { database } from "../db/client.ts";
import type { ApiEnv } from "./api-env.ts";
import { Problem } from "./problem.ts";

/** The account's batch. @throws Problem `batch_not_found` */
export async function ownBatch(c: Context<ApiEnv>, id: string): Promise<BatchRow> {
  const batch = await findBatch(database(c.env.DB), c.var.account.id, id);
  if (!batch) throw batchNotFound(id);
  return batch;
}

export function batchNotFound(id: string): Problem {
  return new Problem("batch_not_found", `There is no batch ${JSON.stringify(id.slice(0, 100))}.`);
}
