/**
 * Reads the body of a route that takes JSON, so that the validator after it can take it for what it says it is.
 *
 * Answers 413 `payload_too_large`, 415 `unsupported_media_type` when the body is not JSON by its `Content-Type`, and 400
 * `invalid_json` when it is empty or not UTF-8. Its syntax is the validator's to check.
 */
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { every } from "hono/combine";
import { settings } from "../../settings.ts";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";

const jsonType = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

const limited: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const maxSize = settings(c.env).MAX_BODY_BYTES;
  const onError = (): never => {
    throw new Problem("payload_too_large", `The body is over the limit of ${maxSize} bytes.`);
  };
  return bodyLimit({ maxSize, onError })(c, next);
};

const declared: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength === 0)
    throw new Problem("invalid_json", "The body is empty; it must be a JSON object.");
  const type = c.req.header("Content-Type");
  if (!type || !jsonType.test(type)) {
    const given = type ? `it is ${JSON.stringify(type.slice(0, 100))}` : "there is none";
    throw new Problem("unsupported_media_type", `The Content-Type must be application/json; ${given}.`);
  }
  refuseUnlessUtf8(bytes);
  await next();
};

export const jsonBody = every(limited, declared);

/** Where reading the request's body as JSON stopped. */
export async function jsonFault(c: Context): Promise<string> {
  try {
    JSON.parse(await c.req.text());
    return "The body is not JSON.";
  } catch (thrown) {
    return `The body is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

function refuseUnlessUtf8(bytes: ArrayBuffer): void {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Problem("invalid_json", "The body is not UTF-8.");
  }
}
