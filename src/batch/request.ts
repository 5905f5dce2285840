/**
 * The bodies of requests that create or change a batch.
 *
 * A field sent as null counts as not sent, except `items` and required fields within them. Unknown fields are ignored.
 */
import * as z from "zod";
import { wildcardsIn } from "../content/extract/url-globs.ts";
import { linksOnPageSchema, webhookEventsSchema } from "../db/json-columns.ts";
import { boundedText } from "../text/bounded-text.ts";
import { characters } from "../text/characters.ts";
import { countries, countryPattern } from "../text/country-codes.ts";
import { shortened } from "../text/shortened.ts";
import { validationMessage, wrongKind } from "../text/validation-messages.ts";
import { metadata, metadataPatch } from "./metadata.ts";

export const MAX_ITEMS = 10_000;
export const MAX_URL_CHARACTERS = 8192;
/** Clients use URLs as ids. */
export const MAX_CUSTOM_ID_CHARACTERS = 2048;
/** The most faults reported. The rest are only counted. */
export const MAX_FAULTS = 100;

/** Returns what is wrong with an absolute http or https URL, or null. */
export type UrlGuard = (url: URL) => string | null;

const absentIfNull = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

/** An absolute http or https URL that passes `guard`. */
export const httpUrl = (guard: UrlGuard) =>
  boundedText(1, MAX_URL_CHARACTERS)
    .superRefine((value, ctx) => {
      const fault = faultOfUrl(value, guard);
      if (fault) ctx.addIssue({ code: "custom", message: fault });
    })
    .meta({ format: "uri", pattern: "^\\s*[Hh][Tt][Tt][Pp][Ss]?://[^/?#\\u0000]+[^\\u0000]*$" });

function faultOfUrl(value: string, guard: UrlGuard): string | null {
  // Its length has been reported.
  if (value === "" || characters(value) > MAX_URL_CHARACTERS) return null;
  const parsed = URL.parse(value);
  const shown = JSON.stringify(shortened(value));
  if (!parsed) return `Must be an absolute http or https URL; got ${shown}.`;
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    return `Must be an http or https URL; got the scheme ${parsed.protocol.slice(0, -1)}.`;
  }
  return guard(parsed);
}

const country = z
  .string()
  // ASCII letters only: toUpperCase() would also turn "ıt" into IT.
  .transform((value) => (/^[a-z]{2,6}$/i.test(value) ? value.toUpperCase() : value))
  .refine((value) => value === "RANDOM" || countries.has(value), {
    error: ({ input }) =>
      `Must be an ISO 3166-1 alpha-2 code, or RANDOM; got ${JSON.stringify(String(input).slice(0, 40))}.`,
  })
  .meta({
    description:
      "The country to render from: ISO 3166-1 alpha-2 in any case, or `RANDOM` for a random one per batch.",
    example: "DE",
    override: { pattern: countryPattern },
  });

const versionRule = "Must be a whole number, 1 or greater.";

/** Official client libraries send it as a string. */
const parserVersion = z
  .union(
    [
      z.int().min(1, versionRule),
      z
        .string()
        .regex(/^[1-9][0-9]{0,8}$/)
        .transform(Number),
    ],
    versionRule,
  )
  .meta({ description: "A whole number from 1, or a string of its digits. Defaults to the newest version." });

const parser = z
  .object({
    id: boundedText(1, 255).meta({ example: "@trawl/article" }),
    version: absentIfNull(parserVersion),
  })
  .meta({ description: "The parser that extracts each page's `json_content`." });

const links = linksOnPageSchema.shape;

/**
 * Wildcards make matching slow: a list of 6 patterns with 500 wildcards each took 0.3 s for a single link. At these limits, a
 * page's links take a second or so at worst.
 */
const MAX_WILDCARDS = 20;
const MAX_LIST_WILDCARDS = 500;

const globs = (list: typeof links.include_links) =>
  list.superRefine((patterns = [], ctx) => {
    const counts = patterns.map(wildcardsIn);
    for (const [index, count] of counts.entries()) {
      const message = `Must have at most ${MAX_WILDCARDS} wildcards; got ${count}.`;
      if (count > MAX_WILDCARDS) ctx.addIssue({ code: "custom", path: [index], message });
    }
    const all = counts.reduce((sum, count) => sum + count, 0);
    const message = `Must have at most ${MAX_LIST_WILDCARDS} wildcards in all patterns; got ${all}.`;
    if (all > MAX_LIST_WILDCARDS) ctx.addIssue({ code: "custom", message });
  });

const linksOnPage = z
  .object({
    absolute_links: absentIfNull(links.absolute_links)
      .transform((value) => value ?? true)
      .meta(links.absolute_links.meta() ?? {}),
    include_links: absentIfNull(globs(links.include_links)).meta(links.include_links.meta() ?? {}),
    exclude_links: absentIfNull(globs(links.exclude_links)).meta(links.exclude_links.meta() ?? {}),
    query_to_order_links_by: absentIfNull(links.query_to_order_links_by).meta(
      links.query_to_order_links_by.meta() ?? {},
    ),
  })
  .meta({ description: "Collects each page's links. `{}` uses the defaults." });

const item = (guard: UrlGuard) =>
  z.object({
    custom_id: boundedText(1, MAX_CUSTOM_ID_CHARACTERS).meta({
      description: "Your own ID for the page, unique within the batch.",
      example: "page-1",
    }),
    url: httpUrl(guard).meta({
      description: "The page to render: an absolute http or https URL with a public host.",
      example: "https://example.com/",
    }),
    metadata: absentIfNull(metadata),
  });

type ItemRequest = z.output<ReturnType<typeof item>>;

/** The body as documented in the API reference. `batchRequest` validates the same, but copes with bodies of any size. */
export const documentedBatchRequest = z.object({
  items: z
    .array(item(() => null))
    .min(1)
    .max(MAX_ITEMS),
  country: absentIfNull(country),
  parser: absentIfNull(parser),
  links_on_page: absentIfNull(linksOnPage),
  metadata: absentIfNull(metadata),
  webhook: absentIfNull(httpUrl(() => null)).meta({
    description: "Called once the batch has completed: an http or https URL with a public host.",
    example: "https://example.com/hook",
  }),
  webhook_url: absentIfNull(httpUrl(() => null)).meta({ description: "An alias of `webhook`." }),
  webhook_events: absentIfNull(webhookEventsSchema).meta({
    description:
      "What the webhook is told: `batch.completed`, `item.completed`, `item.failed`. The completion alone by default.",
    example: ["batch.completed", "item.failed"],
  }),
});

/** The body of `POST /v1/batches`. `guard` checks its URLs. */
export function batchRequest(guard: UrlGuard) {
  return documentedBatchRequest
    .extend({
      items: z.unknown().transform((value, ctx) => readItems(value, item(guard), ctx)),
      webhook: absentIfNull(httpUrl(guard)),
      webhook_url: absentIfNull(httpUrl(guard)),
    })
    .transform(({ webhook_url, ...request }, ctx) => {
      const webhook = request.webhook ?? webhook_url;
      if (request.webhook_events && !webhook) {
        ctx.addIssue({ code: "custom", path: ["webhook_events"], message: "Needs a webhook to tell." });
      }
      return { ...request, webhook };
    });
}

export type BatchRequest = z.output<ReturnType<typeof batchRequest>>;

type FaultyPart = Pick<z.core.$ZodIssueCustom, "code" | "params" | "path" | "message"> | z.core.$ZodIssue;

/**
 * Validates items one by one, and keeps only the first faults: a body of 16 MiB can have millions of them, which would
 * not fit into memory. The number of further faults is reported as an issue of its own, in `params.further`.
 */
function readItems(value: unknown, schema: ReturnType<typeof item>, ctx: z.RefinementCtx): ItemRequest[] {
  const refuse = (code: string, message: string, path: PropertyKey[] = []) =>
    ctx.issues.push({ code: "custom", params: { code }, path, message, input: value });

  if (!Array.isArray(value)) {
    refuse("invalid_type", wrongKind(`Must be an array of 1 to ${MAX_ITEMS} items`, value));
    return [];
  }
  if (value.length === 0 || value.length > MAX_ITEMS) {
    const code = value.length === 0 ? "too_small" : "too_big";
    refuse(code, `Must have 1 to ${MAX_ITEMS} items; got ${value.length}.`);
    return [];
  }
  const items: ItemRequest[] = [];
  const places = new Map<unknown, number>();
  let faults = 0;
  for (const [i, given] of value.entries()) {
    const issues: FaultyPart[] = [];
    const read = schema.safeParse(given, { error: validationMessage });
    if (read.success) items.push(read.data);
    else issues.push(...read.error.issues);

    const customId = typeof given === "object" ? given?.custom_id : undefined;
    const first = typeof customId === "string" ? places.get(customId) : undefined;
    if (first === undefined) {
      places.set(customId, i);
    } else {
      const message = `Must be unique within the batch; items[${first}] has the same custom_id.`;
      issues.push({ code: "custom", params: { code: "duplicate" }, path: ["custom_id"], message });
    }
    for (const issue of issues) {
      faults += 1;
      if (faults <= MAX_FAULTS) ctx.issues.push({ ...issue, input: given, path: [i, ...issue.path] });
    }
  }
  if (faults > MAX_FAULTS) {
    const further = faults - MAX_FAULTS;
    ctx.issues.push({
      code: "custom",
      params: { further },
      message: `And ${further} more.`,
      input: undefined,
    });
  }
  return items;
}

/** The body of `PATCH /v1/batches/{id}`. */
export const batchPatch = z.object({ metadata: metadataPatch });
