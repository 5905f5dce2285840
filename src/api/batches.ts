/** `/v1/batches`: making batches, and reading them. */
import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { accept, type Idempotency } from "../batch/accept.ts";
import { batchObject } from "../batch/batch-object.ts";
import { batchRequest } from "../batch/schema.ts";
import { type BatchRow, findBatch } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { settings } from "../env.ts";
import type { ApiEnv } from "./context.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { validated } from "./middleware/validated.ts";
import { Problem } from "./problem.ts";
import { anyHost, publicHostsOnly } from "./url-guard.ts";

const validatedPublic = validated("json", batchRequest(publicHostsOnly));
const validatedAny = validated("json", batchRequest(anyHost));
const validatedRequest: typeof validatedPublic = (c, next) =>
  settings(c.env).ALLOW_PRIVATE_NETWORK ? validatedAny(c, next) : validatedPublic(c, next);

const batches = new Hono<ApiEnv>();

batches.post("/", jsonBody, validatedRequest, async (c) => {
  const idempotency = await idempotencyOf(c);
  const acceptance = await accept(c.env, c.var.account, c.req.valid("json"), idempotency);
  if (acceptance.outcome === "refused") {
    const { code, detail, retryAfterMs } = acceptance;
    const headers = retryAfterMs === undefined ? undefined : { "Retry-After": retryAfter(retryAfterMs) };
    throw new Problem(code, detail, { headers });
  }
  if (acceptance.outcome === "replayed") c.header("Idempotent-Replayed", "true");
  return c.body(acceptance.response, 200, { "Content-Type": "application/json" });
});

batches.get("/:id", async (c) => c.json(batchObject(await ownBatch(c, c.req.param("id")))));

/** The account's batch. @throws Problem `batch_not_found` */
export async function ownBatch(c: Context<ApiEnv>, id: string): Promise<BatchRow> {
  const batch = await findBatch(database(c.env.DB), c.var.account.id, id);
  if (!batch) throw batchNotFound(id);
  return batch;
}

export function batchNotFound(id: string): Problem {
  return new Problem("batch_not_found", `There is no batch ${JSON.stringify(id.slice(0, 100))}.`);
}

/** The request's Idempotency-Key, if it has one. @throws Problem `validation_error` */
async function idempotencyOf(c: Context<ApiEnv>): Promise<Idempotency | undefined> {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    const message = `Must be 1 to 255 printable ASCII characters; ${key.length} characters were given.`;
    const errors = [{ path: "Idempotency-Key", code: "invalid_format", message }];
    throw new Problem("validation_error", `Idempotency-Key: ${message}`, { errors });
  }
  const body = new Uint8Array(await c.req.arrayBuffer());
  return { key, bodyHash: createHash("sha256").update(body).digest("hex") };
}

/** In whole seconds. A client that waits for less than what is left would only be told to wait again. */
function retryAfter(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}

export { batches };
