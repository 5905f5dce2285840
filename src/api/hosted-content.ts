/** `GET /hosted/…`: a page's content by a signed URL, without a key. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { parseRetrieveId } from "../batch/retrieve-id.ts";
import { describeFormat, type Format, formats, readFormat } from "../content/formats.ts";
import { database } from "../db/client.ts";
import { findItem, type ItemRow } from "../db/items.ts";
import { signingSecret } from "../settings.ts";
import type { ApiEnv } from "./api-env.ts";
import { byteRange } from "./byte-range.ts";
import { isSignatureOf } from "./hosted-url.ts";
import { validated } from "./middleware/validated.ts";
import { contentExpired, contentNotFound } from "./not-found.ts";
import { Problem } from "./problem.ts";

export const hostedQuery = z.object({
  account: z.string().meta({ description: "Part of the URL as it was given." }),
  expires: z
    .string()
    .regex(/^[0-9]{1,12}$/)
    .transform(Number)
    .meta({ description: "Unix seconds.", override: { type: "integer" } }),
  signature: z.string().meta({ description: "Covers the whole URL." }),
});

export const hostedPathParameters = z.object({ retrieve_id: z.string(), format: z.enum(formats) });

/**
 * The HTML is a stranger's: no scripts, no forms, no frames, an origin of its own. What it shows may be loaded.
 */
const contentSecurityPolicy =
  "sandbox; default-src 'none'; style-src * 'unsafe-inline'; img-src * data:; font-src * data:; media-src *";

const extensions: Record<Format, string> = { html: "html", markdown: "md", json: "json", text: "txt" };

const hosted = new Hono<ApiEnv>();

hosted.get("/:retrieve_id/:format", validated("query", hostedQuery), async (c) => {
  const retrieveId = c.req.param("retrieve_id");
  const format = formats.find((name) => name === c.req.param("format"));
  const { account: accountId, expires, signature } = c.req.valid("query");
  const place = parseRetrieveId(retrieveId);
  if (!format || !place) throw contentNotFound(retrieveId);
  const content = { accountId, retrieveId, format, expires };
  if (!(await isSignatureOf(signingSecret(c.env), content, signature))) throw contentNotFound(retrieveId);
  if (expires * 1000 <= Date.now()) {
    throw new Problem("content_not_found", "This hosted URL has expired. GET /v1/retrieve gives a new one.");
  }

  const found = await findItem(database(c.env.DB), accountId, place.batchId, place.idx);
  if (!found) throw contentNotFound(retrieveId);
  const { contentRemovedAt } = found.batch;
  if (contentRemovedAt !== null) throw contentExpired(retrieveId, contentRemovedAt);
  const response = await serve(c, found.item, format);
  if (!response) throw contentNotFound(retrieveId);
  return response;
});

async function serve(c: Context<ApiEnv>, { contentKey, batchId, idx }: ItemRow, format: Format) {
  const about = contentKey && (await describeFormat(c.env.CONTENT, contentKey, format));
  if (!contentKey || !about) return null;
  const headers = new Headers({
    ETag: about.httpEtag,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=3600",
    "Content-Disposition": `inline; filename="${batchId}-${idx}.${extensions[format]}"`,
    "Content-Security-Policy": contentSecurityPolicy,
    "Content-Length": String(about.size),
  });
  about.writeHttpMetadata(headers);
  if (c.req.method === "HEAD") return new Response(null, { headers });

  const version = c.req.header("If-Range");
  const isWanted = version === undefined || version === about.httpEtag;
  const range = isWanted ? byteRange(c.req.header("Range"), about.size) : null;
  if (range === "unsatisfiable") {
    const detail = `The content has ${about.size} bytes; none are in the range asked for.`;
    throw new Problem("range_not_satisfiable", detail, {
      headers: { "Content-Range": `bytes */${about.size}` },
    });
  }
  const known = c.req.header("If-None-Match");
  const content = await readFormat(c.env.CONTENT, contentKey, format, {
    range: range ?? undefined,
    onlyIf: known === undefined ? undefined : new Headers({ "If-None-Match": known }),
  });
  if (!content) return null;
  if (!content.body) return new Response(null, { status: 304, headers });
  if (!range) return new Response(content.body, { headers });
  const { offset, length } = range;
  headers.set("Content-Range", `bytes ${offset}-${offset + length - 1}/${about.size}`);
  headers.set("Content-Length", String(length));
  return new Response(content.body, { status: 206, headers });
}

export { hosted };
