/** `GET /hosted/…`: a page's content by a signed URL, without a key. */
import { type Context, Hono } from "hono";
import { etag } from "hono/etag";
import parseRange from "range-parser";
import { z } from "zod";
import { parseRetrieveId } from "../batch/id.ts";
import { database } from "../db/client.ts";
import { findItem, type ItemRow } from "../db/items.ts";
import { type Format, formats, readFormat } from "../render/formats.ts";
import { contentExpired, contentNotFound } from "./content-problems.ts";
import type { ApiEnv } from "./context.ts";
import { isSignatureOf } from "./hosted-url.ts";
import { validated } from "./middleware/validated.ts";
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

hosted.get("/:retrieve_id/:format", etag(), validated("query", hostedQuery), async (c) => {
  const retrieveId = c.req.param("retrieve_id");
  const format = formats.find((name) => name === c.req.param("format"));
  const { account: accountId, expires, signature } = c.req.valid("query");
  const place = parseRetrieveId(retrieveId);
  if (!format || !place) throw contentNotFound(retrieveId);
  const content = { accountId, retrieveId, format, expires };
  if (!(await isSignatureOf(c.env.URL_SIGNING_SECRET, content, signature))) throw contentNotFound(retrieveId);
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

async function serve(c: Context<ApiEnv>, item: ItemRow, format: Format): Promise<Response | null> {
  if (!item.contentKey) return null;
  const { contentKey, batchId, idx } = item;
  const content = await readFormat(c.env.CONTENT, contentKey, format);
  if (!content) return null;
  const headers = new Headers({
    ETag: content.httpEtag,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=3600",
    "Content-Disposition": `inline; filename="${batchId}-${idx}.${extensions[format]}"`,
    "Content-Security-Policy": contentSecurityPolicy,
  });
  content.writeHttpMetadata(headers);

  const range = rangeOf(c, content);
  if (range === "unsatisfiable") {
    await content.body.cancel();
    const detail = `The content has ${content.size} bytes; none are in the range asked for.`;
    throw new Problem("range_not_satisfiable", detail, {
      headers: { "Content-Range": `bytes */${content.size}` },
    });
  }
  if (!range) return new Response(content.body, { headers });
  await content.body.cancel();
  const length = range.end - range.start + 1;
  const part = await readFormat(c.env.CONTENT, contentKey, format, {
    range: { offset: range.start, length },
    onlyIf: { etagMatches: content.etag },
  });
  if (!part?.body) return null;
  headers.set("Content-Range", `bytes ${range.start}-${range.end}/${content.size}`);
  headers.set("Content-Length", String(length));
  return new Response(part.body, { status: 206, headers });
}

/** The one range that was asked for. Several at once, or one of another version, give the whole. */
function rangeOf(
  c: Context<ApiEnv>,
  content: R2Object,
): { start: number; end: number } | "unsatisfiable" | null {
  const asked = c.req.header("Range");
  const version = c.req.header("If-Range");
  if (!asked || (version && version !== content.httpEtag)) return null;
  const ranges = parseRange(content.size, asked);
  if (ranges === -1) return "unsatisfiable";
  if (ranges === -2 || ranges.type !== "bytes" || ranges.length !== 1) return null;
  return ranges[0] ?? null;
}

export { hosted };
