/**
 * What the Worker is configured with: bindings, secrets and variables.
 *
 * Every limit and time limit is a variable with a default. To change one, set it under `[vars]` in `wrangler.toml`, or
 * locally with `npm run dev -- --var NAME:value`.
 */
import * as z from "zod";
import type { RenderTicket } from "./protocol/ticket.ts";
import { logLevels } from "./text/log.ts";

/** The bindings of `wrangler.toml`, with the type of the queue's messages. `npm run types` generates the rest. */
export interface Env extends Cloudflare.Env {
  RENDER_QUEUE: Queue<RenderTicket>;
}

/** What the documentation says about a variable. */
interface VariableFacts {
  description: string;
  /** What its value must be, as a phrase that follows "must be". */
  rule: string;
  /** Null for a value that is not an amount. */
  unit: string | null;
}

/** `true` or `false` in any case, as a string or a TOML boolean. */
function flag(fallback: boolean, description: string) {
  const rule = "`true` or `false`";
  const text = z.stringbool({ truthy: ["true"], falsy: ["false"] });
  return z
    .union([z.boolean(), text], { error: `must be ${rule}` })
    .default(fallback)
    .meta({ description, rule, unit: null } satisfies VariableFacts);
}

/** A whole number, as digits or a TOML integer. */
function amount(
  unit: string,
  { min, max, default: fallback }: { min: number; max?: number; default: number },
  description: string,
) {
  const rule = `a whole number ${max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`;
  const error = `must be ${rule}`;
  const digits = z
    .string()
    .regex(/^[0-9]+$/)
    .transform(Number);
  const withinBounds = z.int({ error }).min(min, { error });
  return z
    .union([z.number(), digits], { error })
    .pipe(max === undefined ? withinBounds : withinBounds.max(max, { error }))
    .default(fallback)
    .meta({ description, rule, unit } satisfies VariableFacts);
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const mebibyte = 1024 * 1024;

const variables = z.object({
  ALLOW_PRIVATE_NETWORK: flag(
    false,
    "Allows pages and webhooks on private addresses. For local development only.",
  ),

  MAX_BODY_BYTES: amount("bytes", { min: 1024, default: 16 * mebibyte }, "Largest request body."),

  EXPORT_CALLS: amount(
    "calls",
    { min: 1, default: 20_000 },
    "How many calls one response of an export makes at most. `limits` in wrangler.toml allows an invocation 30,000.",
  ),

  MAX_RUNNING_BATCHES: amount(
    "batches",
    { min: 1, default: 1000 },
    "How many batches of an account run at once at most.",
  ),
  MAX_STORED_ITEMS: amount(
    "items",
    { min: 1, default: 10_000_000 },
    "How many items an account can have in batches that have not been removed. An item takes about 400 bytes of D1's 10 GB.",
  ),

  MAX_PARSER_TESTS: amount(
    "pages",
    { min: 1, default: 2 },
    "How many pages an account renders at once at most to test parsers.",
  ),

  TICKET_LEASE_MS: amount(
    "ms",
    { min: 100, default: 20 * second },
    "A ticket that is not picked up within this time counts as lost, and another is sent. The time doubles with each loss, up to 16 times, until a ticket is picked up.",
  ),

  MAX_ATTEMPTS: amount(
    "attempts",
    { min: 1, max: 100, default: 3 },
    "How often an item is rendered before it fails.",
  ),
  RETRY_DELAY_MS: amount(
    "ms",
    { min: 0, default: 2 * second },
    "Wait before the second attempt at an item. It grows fourfold with each attempt, and varies by a quarter either way.",
  ),
  RENDER_LEASE_MS: amount(
    "ms",
    { min: 100, default: 20 * second },
    "A rendering counts as lost if its consumer does not report on it for this long.",
  ),
  RENDER_HEARTBEAT_MS: amount(
    "ms",
    { min: 10, default: 5 * second },
    "How often a consumer reports which pages it is still rendering. At most a third of RENDER_LEASE_MS, so that two reports in a row may be lost.",
  ),
  BATCH_DEADLINE_MS: amount(
    "ms",
    { min: 1, default: day },
    "Items that have not finished this long after their batch was accepted fail with `deadline_exceeded`, and the batch completes.",
  ),
  PROJECTION_DELAY_MS: amount(
    "ms",
    { min: 0, default: 500 },
    "How long finished items wait for others, so that one statement writes many of them to D1.",
  ),
  PROJECTION_ITEMS: amount(
    "items",
    { min: 1, max: 10_000, default: 500 },
    "How many items one statement writes to D1 at most.",
  ),
  TRACKER_HEARTBEAT_MS: amount(
    "ms",
    { min: 100, default: 5 * second },
    "How often a tracker checks on its running batch at least. What it had only in memory may be gone.",
  ),
  TRACKER_RETENTION_MS: amount(
    "ms",
    { min: 1, default: 7 * day },
    "A tracker deletes its storage this long after its batch completed or its last webhook attempt. D1 keeps the batch.",
  ),
  IO_TIMEOUT_MS: amount(
    "ms",
    { min: 100, default: 15 * second },
    "Time limit of each call to D1, R2, the queue or a Durable Object.",
  ),

  MAX_BROWSERS: amount(
    "browsers",
    { min: 1, default: 10 },
    "How many browsers run at once at most. Fewer run if Browser Run allows fewer. Each one above 10 costs $2 a month, by the month's average daily peak.",
  ),
  LAUNCH_INTERVAL_MS: amount(
    "ms",
    { min: 0, default: 0 },
    "Time between two browser launches at least. How fast Browser Run lets browsers be launched is asked for.",
  ),
  BROWSER_IDLE_MS: amount(
    "ms",
    { min: 0, default: 20 * second },
    "A browser that nobody uses is closed after this long; sooner if several are idle.",
  ),
  BROWSER_MAX_AGE_MS: amount(
    "ms",
    { min: 1, default: 10 * minute },
    "A browser this old is not leased again, so that memory that leaks in Chromium is freed.",
  ),
  BROWSER_KEEP_ALIVE_MS: amount(
    "ms",
    { min: 10 * second, max: 10 * minute, default: minute },
    "Browser Run ends a session that gets no command for this long.",
  ),
  BROWSER_LEASE_MS: amount(
    "ms",
    { min: 1, default: minute },
    "The browser pool takes back a browser that was leased or whose lease was renewed this long ago. Consumers renew their leases at least every 10 seconds.",
  ),
  BROWSER_WAIT_MS: amount(
    "ms",
    { min: 0, default: 15 * second },
    "How long a consumer waits for a browser before it ends.",
  ),
  TABS_PER_LEASE: amount(
    "tabs",
    { min: 1, max: 50, default: 8 },
    "How many pages a consumer renders at once in a browser.",
  ),
  BROWSERS_PER_CONSUMER: amount(
    "browsers",
    { min: 1, max: 4, default: 3 },
    "How many browsers a consumer uses at most. It uses more than one only while Queues adds no consumers.",
  ),
  CONSUMER_RUN_MS: amount(
    "ms",
    // Queues ends a consumer after 15 minutes.
    { min: 0, max: 12 * minute, default: 10 * minute },
    "How long a consumer starts new pages. After that it only finishes those it has started.",
  ),
  CONSUMER_RUN_PAGES: amount(
    "pages",
    { min: 1, default: 3000 },
    "How many pages a consumer starts. A page takes some 20 to 60 ms of CPU time and up to 8 calls; `limits` in wrangler.toml allows an invocation 5 minutes and 30,000.",
  ),

  NAVIGATION_TIMEOUT_MS: amount(
    "ms",
    { min: 1, default: 30 * second },
    "Time limit from navigation to the page's load event.",
  ),
  SETTLE_TIMEOUT_MS: amount(
    "ms",
    { min: 0, default: 8 * second },
    "How long to wait after the load event for network and DOM to become quiet.",
  ),
  SETTLE_QUIET_MS: amount(
    "ms",
    { min: 0, default: 150 },
    "Network and DOM are quiet when nothing has happened for this long.",
  ),
  PAGE_TIMEOUT_MS: amount("ms", { min: 1, default: 45 * second }, "Time limit for rendering one page."),
  MAX_PAGE_BYTES: amount(
    "bytes",
    { min: 1, default: 16 * mebibyte },
    "Largest page content, in UTF-8. A larger page fails.",
  ),

  CONTENT_RETENTION_MS: amount(
    "ms",
    // The longest run of a consumer: a page that is being rendered when its batch is cancelled may be written until
    // then, and would never be removed.
    { min: 15 * minute, default: 30 * day },
    "How long page content is kept after its batch completed.",
  ),
  BATCH_RETENTION_MS: amount(
    "ms",
    { min: 1, default: 365 * day },
    "How long a batch, its items and its webhook attempts are kept after it completed. At least CONTENT_RETENTION_MS, because the rows say where the content is. An item takes about 400 bytes of D1's 10 GB.",
  ),
  CANCELLED_RETENTION_MS: amount(
    "ms",
    { min: 60_000, default: day },
    "How long a batch is kept that was cancelled before any of its pages succeeded.",
  ),
  IDEMPOTENCY_TTL_MS: amount("ms", { min: 1, default: day }, "How long an Idempotency-Key is kept."),
  IDEMPOTENCY_LOCK_MS: amount(
    "ms",
    { min: 0, max: minute, default: minute },
    "How long a request that died keeps its Idempotency-Key locked.",
  ),
  HOSTED_URL_TTL_MS: amount("ms", { min: 1, default: 7 * day }, "How long a hosted URL works."),

  LOG_LEVEL: z
    .enum(logLevels, { error: "must be `debug`, `info`, `warn` or `error`" })
    .default("info")
    .meta({
      description:
        "The lowest level that is logged. `info` says how each item ended and why it was retried; `debug` adds every step of it, five lines a page.",
      rule: "`debug`, `info`, `warn` or `error`",
      unit: null,
    } satisfies VariableFacts),

  DNS_RESOLVER_URL: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .default("https://cloudflare-dns.com/dns-query")
    .meta({
      description:
        "DNS-over-HTTPS resolver (JSON API) for the check that a webhook's or page's host is not private.",
      rule: "an http or https URL",
      unit: null,
    } satisfies VariableFacts),
});

const settingsSchema = variables.superRefine((given, ctx) => {
  const { RENDER_HEARTBEAT_MS, RENDER_LEASE_MS, CONTENT_RETENTION_MS, BATCH_RETENTION_MS } = given;
  const refuse = (name: keyof typeof given, message: string) =>
    ctx.addIssue({ code: "custom", path: [name], message });
  if (RENDER_HEARTBEAT_MS * 3 > RENDER_LEASE_MS) {
    refuse("RENDER_HEARTBEAT_MS", `must be a third of RENDER_LEASE_MS (${RENDER_LEASE_MS}) or less`);
  }
  if (BATCH_RETENTION_MS < CONTENT_RETENTION_MS) {
    refuse("BATCH_RETENTION_MS", `must be at least CONTENT_RETENTION_MS (${CONTENT_RETENTION_MS})`);
  }
});

export type Settings = z.infer<typeof settingsSchema>;

/** A variable as the documentation shows it. */
export interface Variable extends VariableFacts {
  name: keyof Settings;
  default: string | number | boolean;
}

/** All variables, those of one subject next to each other. */
export function listVariables(): Variable[] {
  return Object.entries(variables.shape).map(([name, schema]) => ({
    name: name as keyof Settings,
    default: schema.parse(undefined),
    ...(schema.meta() as unknown as VariableFacts),
  }));
}

const parsed = new WeakMap<object, Settings>();

/**
 * The settings of this deployment, parsed once per environment.
 *
 * @throws Error that names each variable that breaks its rule, the rule, and what was given
 */
export function settings(env: object): Settings {
  const known = parsed.get(env);
  if (known) return known;
  const result = settingsSchema.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => {
      const name = path.join(".");
      const value = (env as Record<string, unknown>)[name];
      return `${name}: ${message}; ${value === undefined ? "the default" : JSON.stringify(value)} was given`;
    });
    throw new Error(`Invalid configuration. ${faults.join("; ")}`);
  }
  parsed.set(env, result.data);
  return result.data;
}

/** One setting by itself, or its default if it is invalid: for code that has to run with any configuration. */
export function settingOrDefault<Name extends keyof Settings>(env: object, name: Name): Settings[Name] {
  const variable = variables.shape[name];
  const { success, data } = variable.safeParse((env as Record<string, unknown>)[name]);
  return (success ? data : variable.parse(undefined)) as Settings[Name];
}
