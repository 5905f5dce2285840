/** `GET /hosted/…`: serves a page's content to whoever has its signed URL. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { parseRetrieveId } from "../batch/retrieve-id.ts";
import {
  describeFormat,
  type Format,
  fileExtensions,
  formats,
  readFormat,
} from "../content/stored-formats.ts";
import { database } from "../db/client.ts";
import { findItem, type ItemRow } from "../db/items.ts";
import { signingSecret } from "../secrets.ts";
import type { ApiEnv } from "./api-env.ts";
import { byteRange } from "./byte-range.ts";
import { isValidSignature } from "./hosted-url.ts";
import { validated } from "./middleware/validated.ts";
import { contentExpired, contentNotFound } from "./not-found.ts";
import { Problem } from "./problem.ts";
import { wholeNumber } from "./query-parameters.ts";

/** In Unix seconds. */
const MAX_EXPIRES = 999_999_999_999;

export const hostedQuery = z.object({
  account: z.string().meta({ description: "The account that the content belongs to." }),
  expires: wholeNumber(0, MAX_EXPIRES).meta({ description: "When the URL expires, in Unix seconds." }),
  signature: z.string().meta({ description: "Covers every other part of the URL." }),
});

export const hostedPathParameters = z.object({ retrieve_id: z.string(), format: z.enum(formats) });

/** The HTML comes from a third party, so it gets no scripts, forms, frames, or shared origin. It may load its media. */
const contentSecurityPolicy =
  "sandbox; default-src 'none'; style-src * 'unsafe-inline'; img-src * data:; font-src * data:; media-src *";

const hostedContent = new Hono<ApiEnv>();

hostedContent.get("/:retrieve_id/:format", validated("query", hostedQuery), async (c) => {
  const retrieveId = c.req.param("retrieve_id");
  const format = formats.find((name) => name === c.req.param("format"));
  const { account: accountId, expires, signature } = c.req.valid("query");
  const place = parseRetrieveId(retrieveId);
  if (!format || !place) throw contentNotFound(retrieveId);
  const content = { accountId, retrieveId, format, expires };
  if (!(await isValidSignature(signingSecret(c.env), content, signature))) throw contentNotFound(retrieveId);
  if (expires * 1000 <= Date.now()) {
    const detail = "This hosted URL has expired. Call GET /v1/retrieve for a new one.";
    throw new Problem("content_not_found", detail);
  }

  const found = await findItem(database(c.env.DB), accountId, place.batchId, place.idx);
  if (!found) throw contentNotFound(retrieveId);
  const { contentRemovedAt } = found.batch;
  if (contentRemovedAt !== null) throw contentExpired(retrieveId, contentRemovedAt);
  const response = await serve(c, found.item, format);
  if (!response) throw contentNotFound(retrieveId);
  return response;
});

/** Responds with the content, or the range of it that the request asks for. Null if the page has no such format. */
async function serve(c: Context<ApiEnv>, { contentKey, batchId, idx }: ItemRow, format: Format) {
  if (!contentKey) return null;
  const describing = describeFormat(c.env.CONTENT, contentKey, format);
  // If the client hangs up, what was begun still ends, and with it the memory reserved for it.
  c.executionCtx.waitUntil(describing.catch(() => {}));
  const object = await describing;
  if (!object) return null;
  const headers = new Headers({
    ETag: object.httpEtag,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=3600",
    "Content-Disposition": `inline; filename="${batchId}-${idx}.${fileExtensions[format]}"`,
    "Content-Security-Policy": contentSecurityPolicy,
    "Content-Length": String(object.size),
  });
  object.writeHttpMetadata(headers);
  if (c.req.method === "HEAD") return new Response(null, { headers });

  const ifRange = c.req.header("If-Range");
  const isCurrent = ifRange === undefined || ifRange === object.httpEtag;
  const range = isCurrent ? byteRange(c.req.header("Range"), object.size) : null;
  if (range === "unsatisfiable") {
    const detail = `The requested range starts beyond the end of the content, which has ${object.size} bytes.`;
    throw new Problem("range_not_satisfiable", detail, {
      headers: { "Content-Range": `bytes */${object.size}` },
    });
  }
  const ifNoneMatch = c.req.header("If-None-Match");
  const content = await readFormat(c.env.CONTENT, contentKey, format, {
    range: range ?? undefined,
    onlyIf: ifNoneMatch === undefined ? undefined : new Headers({ "If-None-Match": ifNoneMatch }),
  });
  if (!content) return null;
  if (!content.body) return new Response(null, { status: 304, headers });
  if (!range) return new Response(content.body, { headers });
  const { offset, length } = range;
  headers.set("Content-Range", `bytes ${offset}-${offset + length - 1}/${object.size}`);
  headers.set("Content-Length", String(length));
  return new Response(content.body, { status: 206, headers });
}

export { hostedContent };
