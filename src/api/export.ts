/** `GET /v1/batches/{id}/export`: a batch's finished items with their content, as one stream of NDJSON. */
import { Hono } from "hono";
import { parseAccept } from "hono/utils/accept";
import * as z from "zod";
import { itemSchema } from "../batch/item-object.ts";
import { deriveCalls, type Format, isDerived } from "../content/stored-formats.ts";
import { database } from "../db/client.ts";
import { findStretch } from "../db/items.ts";
import { settings } from "../settings.ts";
import type { ApiEnv } from "./api-env.ts";
import { exportLines } from "./export-lines.ts";
import { formatsParameters, wantedFormats } from "./formats-parameter.ts";
import { statusFilter } from "./items.ts";
import { validated } from "./middleware/validated.ts";
import { batchNotFound } from "./not-found.ts";
import { wholeNumber } from "./query-parameters.ts";
import { streamOf } from "./stream-of.ts";

export const exportQuery = z.object({
  status: statusFilter,
  cursor: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "The `cursor` of the last line you have. Omit it to start from the first item." }),
  ...formatsParameters,
});

const content = z
  .string()
  .nullable()
  .optional()
  .meta({ description: "Null if not available. Absent if not requested." });

export const exportLineSchema = itemSchema
  .extend({
    cursor: z.int().meta({ description: "Continues an export after this line." }),
    html_content: content,
    markdown_content: content,
    json_content: content.meta({ description: "A string of JSON. Its root is always an object." }),
    text_content: content,
  })
  .meta({ id: "ExportedItem" });

const exports = new Hono<ApiEnv>();

exports.get("/:id/export", validated("query", exportQuery), async (c) => {
  const id = c.req.param("id");
  const { status, cursor, ...asked } = c.req.valid("query");
  const formats = wantedFormats(asked);
  const limit = itemsPerAnswer(settings(c.env).EXPORT_CALLS, formats);
  const stretch = { status, after: cursor, limit };
  const found = await findStretch(database(c.env.DB), c.var.account.id, id, stretch);
  if (!found) throw batchNotFound(id);

  const { batch, last, hasMore } = found;
  const headers = new Headers({
    "Content-Type": "application/x-ndjson; charset=utf-8",
    "Content-Disposition": `attachment; filename="${id}.ndjson"`,
    Vary: "Accept-Encoding",
  });
  // A running batch always has more: the items that finish later.
  if (hasMore || (batch.status === "in_progress" && last > cursor)) {
    const next = new URL(c.req.url);
    next.searchParams.set("cursor", String(last));
    headers.set("Link", `<${next.href}>; rel="next"`);
  }
  const isZipped = acceptsGzip(c.req.header("Accept-Encoding"));
  if (isZipped) headers.set("Content-Encoding", "gzip");
  if (c.req.method === "HEAD") return new Response(null, { headers });

  const wanted = { accountId: c.var.account.id, batchId: id, formats, status, after: cursor, last };
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const body = streamOf(exportLines(c.env, { ...wanted, waitUntil }));
  return new Response(isZipped ? body.pipeThrough(new CompressionStream("gzip")) : body, {
    headers,
    encodeBody: isZipped ? "manual" : "automatic",
  });
});

/** How many items make at most that many calls: a line reads its links and formats, and makes those that are missing. */
function itemsPerAnswer(calls: number, formats: Format[]): number {
  const made = formats.filter(isDerived).length;
  // A format is read again when it has been made, or turns out to be large.
  const perItem =
    1 + 2 * formats.length + (made > 0 ? deriveCalls.base + made * (deriveCalls.perFormat + 1) : 0);
  return Math.max(1, Math.floor(calls / perItem));
}

function acceptsGzip(accepted = ""): boolean {
  return parseAccept(accepted).some(({ type, q }) => type.toLowerCase() === "gzip" && q > 0);
}

export { exports };
