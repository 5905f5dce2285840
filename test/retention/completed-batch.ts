/** Batches that completed some time ago. */
import { env } from "cloudflare:workers";
import { batchPrefix, contentKey, putPart } from "../../src/content/stored-parts.ts";
import { type SettledBatch, settledBatch } from "../webhook/settled-batch.ts";

/** A batch that completed `agoMs` ago, with content of its first item. */
export async function completedBatch(agoMs: number): Promise<SettledBatch> {
  const completedAt = Date.now() - agoMs;
  const batch = await settledBatch({ status: "completed", completedAt, creditsConsumed: 1 });
  const key = contentKey(batch.account.id, batch.id, 0, 1);
  await putPart(env.CONTENT, key, "html", "<p>Kept.</p>");
  await env.DB.prepare("UPDATE items SET content_key = ? WHERE batch_id = ? AND idx = 0")
    .bind(key, batch.id)
    .run();
  return batch;
}

/** Keys of the batch's objects in R2. */
export async function objectsOf({ account, id }: SettledBatch): Promise<string[]> {
  const { objects } = await env.CONTENT.list({ prefix: batchPrefix(account.id, id) });
  return objects.map(({ key }) => key);
}
