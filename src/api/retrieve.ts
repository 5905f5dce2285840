/** `GET /v1/retrieve`: a page's content in the requested formats. */
import { Hono } from "hono";
import * as z from "zod";
import { parseRetrieveId } from "../batch/retrieve-id.ts";
import { withMemory } from "../content/content-memory.ts";
import { withObjectRoot } from "../content/json-root.ts";
import { type Format, partSizes } from "../content/stored-formats.ts";
import { getPart } from "../content/stored-parts.ts";
import { database } from "../db/client.ts";
import { findItem } from "../db/items.ts";
import { signingSecret } from "../secrets.ts";
import { settings } from "../settings.ts";
import { isRequired } from "../text/validation-messages.ts";
import type { ApiEnv } from "./api-env.ts";
import { formatsParameters, wantedFormats } from "./formats-parameter.ts";
import { hostedPath } from "./hosted-url.ts";
import { validated } from "./middleware/validated.ts";
import { contentExpired, contentNotFound } from "./not-found.ts";

/** Largest total size of the contents in one response, in bytes. */
const MAX_CONTENT_BYTES = 6 * 1024 * 1024;
/** A text takes two bytes per character, and is copied into the response. */
const MEMORY_PER_BYTE = 4;

export const retrieveQuery = z
  .object({
    retrieve_id: z
      .string({ error: ({ input }) => (input === undefined ? isRequired : "Must be given only once.") })
      .min(1),
    ...formatsParameters,
  })
  .transform((query) => ({ retrieveId: query.retrieve_id, wanted: wantedFormats(query) }));

const content = z
  .string()
  .nullable()
  .meta({ description: "Null if not requested, too large, or not available." });
const hostedUrl = z
  .string()
  .nullable()
  .meta({ description: "Serves the content for 7 days, without an API key." });

export const retrievedSchema = z
  .object({
    retrieve_id: z.string(),
    url: z.string(),
    custom_id: z.string(),
    batch_id: z.string(),
    html_content: content,
    markdown_content: content,
    json_content: content.meta({
      description:
        "The JSON that the batch's parser extracted from the page, or the page itself if it is JSON, as a string. Its root " +
        'is always an object: an array becomes `{"items": […]}`, any other value `{"value": …}`.',
    }),
    text_content: content,
    html_hosted_url: hostedUrl,
    markdown_hosted_url: hostedUrl,
    json_hosted_url: hostedUrl,
    text_hosted_url: hostedUrl,
    size_exceeded: z.boolean().meta({
      description:
        "Whether the requested contents exceed 6 MiB in total. If so, they are null; use the hosted URLs instead.",
    }),
  })
  .meta({ id: "PageContent" });

const retrieve = new Hono<ApiEnv>();

retrieve.get("/", validated("query", retrieveQuery), async (c) => {
  const { retrieveId, wanted } = c.req.valid("query");
  const place = parseRetrieveId(retrieveId);
  const found = place && (await findItem(database(c.env.DB), c.var.account.id, place.batchId, place.idx));
  if (!found?.item.contentKey) throw contentNotFound(retrieveId);
  const { batch, item } = found;
  if (batch.contentRemovedAt !== null) throw contentExpired(retrieveId, batch.contentRemovedAt);

  const reading = readContents(c.env.CONTENT, found.item.contentKey, wanted);
  // If the client hangs up, what was begun still ends, and with it the memory reserved for it.
  c.executionCtx.waitUntil(reading.catch(() => {}));
  const contents = await reading;
  if (contents.available.size === 0) throw contentNotFound(retrieveId);

  const expires = Math.floor((Date.now() + settings(c.env).HOSTED_URL_TTL_MS) / 1000);
  const { origin } = new URL(c.req.url);
  const urls = new Map<Format, string>();
  for (const format of wanted) {
    if (!contents.available.has(format)) continue;
    const content = { accountId: c.var.account.id, retrieveId, format, expires };
    urls.set(format, origin + (await hostedPath(signingSecret(c.env), content)));
  }
  // Stored with an object at its root, except by earlier versions of Trawl.
  const json = contents.texts.get("json");
  return c.json({
    retrieve_id: retrieveId,
    url: item.url,
    custom_id: item.customId,
    batch_id: batch.id,
    html_content: contents.texts.get("html") ?? null,
    markdown_content: contents.texts.get("markdown") ?? null,
    json_content: json === undefined ? null : withObjectRoot(json),
    text_content: contents.texts.get("text") ?? null,
    html_hosted_url: urls.get("html") ?? null,
    markdown_hosted_url: urls.get("markdown") ?? null,
    json_hosted_url: urls.get("json") ?? null,
    text_hosted_url: urls.get("text") ?? null,
    size_exceeded: contents.sizeExceeded,
  });
});

interface Contents {
  /** The formats that the page has, requested or not. */
  available: Set<string>;
  texts: Map<Format, string>;
  sizeExceeded: boolean;
}

async function readContents(bucket: R2Bucket, key: string, wanted: Format[]): Promise<Contents> {
  const sizes = await partSizes(bucket, key, wanted);
  const available = new Set(sizes.keys());
  const known = wanted.reduce((sum, format) => sum + (sizes.get(format) ?? 0), 0);
  if (known > MAX_CONTENT_BYTES) return { available, texts: new Map(), sizeExceeded: true };
  const texts = new Map<Format, string>();
  await withMemory(known * MEMORY_PER_BYTE, async () => {
    for (const format of wanted) {
      if (!available.has(format)) continue;
      const content = await getPart(bucket, key, format);
      if (content) texts.set(format, await content.text());
    }
  });
  return { available, texts, sizeExceeded: false };
}

export { retrieve };
