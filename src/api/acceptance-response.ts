/** What requests that create a batch have in common: their Idempotency-Key, and their response. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { Acceptance, Idempotency } from "../batch/accept.ts";
import type { ApiEnv } from "./api-env.ts";
import { Problem } from "./problem.ts";

/** @throws Problem if the batch was refused */
export function acceptanceResponse(c: Context<ApiEnv>, acceptance: Acceptance): Response {
  if (acceptance.outcome === "refused") {
    const { code, detail, retryAfterMs } = acceptance;
    const headers = retryAfterMs === undefined ? undefined : { "Retry-After": retryAfter(retryAfterMs) };
    throw new Problem(code, detail, { headers });
  }
  if (acceptance.outcome === "replayed") c.header("Idempotent-Replayed", "true");
  return c.body(acceptance.response, 200, { "Content-Type": "application/json" });
}

/**
 * Reads the request's Idempotency-Key, if it has one.
 *
 * @param subject what the request is about, besides its body
 * @throws Problem `validation_error`
 */
export async function idempotencyOf(c: Context<ApiEnv>, subject = ""): Promise<Idempotency | undefined> {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    const message = `Must be 1 to 255 printable ASCII characters; got ${key.length} characters.`;
    const errors = [{ path: "Idempotency-Key", code: "invalid_format", message }];
    throw new Problem("validation_error", `Idempotency-Key: ${message}`, { errors });
  }
  const body = new Uint8Array(await c.req.arrayBuffer());
  return { key, bodyHash: createHash("sha256").update(subject).update(body).digest("hex") };
}

/** A `Retry-After` header in whole seconds, at least one. */
function retryAfter(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
