/**
 * Checks that a request's body is UTF-8 text declared as JSON, and neither too large nor of too many values. The validator
 * after it checks the syntax.
 *
 * Responds with 413 `payload_too_large`, with 415 `unsupported_media_type` if the `Content-Type` is not JSON, or with 400
 * `invalid_json` if the body is empty or not UTF-8.
 */
import type { Context, MiddlewareHandler, Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { every } from "hono/combine";
import { withMemory } from "../../content/content-memory.ts";
import { settings } from "../../settings.ts";
import { countJsonValues } from "../../text/json-values.ts";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";

const jsonType = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

const limitSize: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const maxSize = settings(c.env).MAX_BODY_BYTES;
  const onError = (): never => {
    throw new Problem("payload_too_large", `The body must have at most ${maxSize} bytes.`);
  };
  return bodyLimit({ maxSize, onError })(c, next);
};

const requireJson: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength === 0) {
    throw new Problem("invalid_json", "The body is empty. It must be a JSON object.");
  }
  const type = c.req.header("Content-Type");
  if (!type || !jsonType.test(type)) {
    const given = type ? JSON.stringify(type.slice(0, 100)) : "none";
    throw new Problem("unsupported_media_type", `The Content-Type must be application/json; got ${given}.`);
  }
  requireFewValues(utf8TextOf(bytes));
  await next();
};

/**
 * 10,000 items with all 50 metadata keys have 540,000. Without a limit, a body of 16 MiB can have 5.5 million objects, which
 * take hundreds of megabytes once they are parsed.
 */
const MAX_VALUES = 600_000;

/** A parsed body, and what is made of it, takes up to this many times its size: parsers build a tree of HTML in it. */
const MEMORY_PER_BYTE = 10;

/** Large bodies take turns with each other and with large pages. If the client hangs up, its turn still ends. */
const takeTurn: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { byteLength } = await c.req.arrayBuffer();
  const turn = withMemory(byteLength * MEMORY_PER_BYTE, next);
  c.executionCtx.waitUntil(turn.catch(() => {}));
  await turn;
};

const readJson = every(requireJson, takeTurn);

export const jsonBody = every(limitSize, readJson);

/** The same for a route that works without a body, too. */
export const optionalJsonBody = every(limitSize, async (c: Context<ApiEnv>, next: Next) => {
  const { byteLength } = await c.req.arrayBuffer();
  return byteLength === 0 ? next() : readJson(c, next);
});

/** Explains why the request's body could not be parsed. */
export async function syntaxErrorOf(c: Context): Promise<string> {
  try {
    JSON.parse(await c.req.text());
    return "The body is not valid JSON.";
  } catch (thrown) {
    return `The body is not valid JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

function utf8TextOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Problem("invalid_json", "The body is not valid UTF-8.");
  }
}

function requireFewValues(json: string): void {
  const values = countJsonValues(json);
  if (values <= MAX_VALUES) return;
  throw new Problem(
    "payload_too_large",
    `The body must have at most ${MAX_VALUES} JSON values; got ${values}.`,
  );
}
