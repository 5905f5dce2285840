/**
 * What the Worker is given: bindings, secrets and settings.
 *
 * Every limit and every time of Trawl is a setting here, with its unit in its name and its default beside it. A
 * deployment overrides one under `[vars]` in `wrangler.toml`, or locally by `npm run dev -- --var NAME:value`.
 */
import * as z from "zod";
import type { RenderTicket } from "./protocol/ticket.ts";
import { logLevels } from "./text/log.ts";

/** The bindings of `wrangler.toml`, with the type of the queue's messages. `npm run types` generates the rest. */
export interface Env extends Cloudflare.Env {
  RENDER_QUEUE: Queue<RenderTicket>;
}

const flag = z
  .union([z.boolean(), z.string()])
  .transform((value) => value === true || String(value).toLowerCase() === "true");

const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => z.coerce.number().int().min(min).max(max);

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const mebibyte = 1024 * 1024;

const variables = z.object({
  /** Lifts the guard against private addresses. For local development only. */
  ALLOW_PRIVATE_NETWORK: flag.default(false),

  /** Largest request body, in bytes. */
  MAX_BODY_BYTES: whole(1024).default(16 * mebibyte),

  /**
   * Tickets of one batch that may wait in the queue. The tracker starts at the lower bound and goes up for as long as
   * tickets are picked up within `TICKET_WAIT_TARGET_MS`, so that a batch takes what the account's browsers can give
   * and a small batch never waits behind more than that.
   */
  TICKET_WINDOW_MIN: whole(1, 1000).default(10),
  TICKET_WINDOW_MAX: whole(1, 10_000).default(500),
  /** How long a ticket should wait in the queue at most, in ms, before the window shrinks. */
  TICKET_WAIT_TARGET_MS: whole(1).default(3 * second),
  /**
   * After this many ms without being picked up a ticket counts as lost, and another is sent. It doubles each time that
   * happens, up to sixteen times the value, until a ticket is picked up.
   */
  TICKET_LEASE_MS: whole(100).default(20 * second),

  /** Renderings of one item, at most. */
  MAX_ATTEMPTS: whole(1, 100).default(3),
  /** Wait before the second attempt, in ms; it grows fourfold with each, and varies by a quarter either way. */
  RETRY_DELAY_MS: whole(0).default(2 * second),
  /** An item's rendering that nothing has been heard of for this many ms counts as lost. */
  RENDER_LEASE_MS: whole(100).default(20 * second),
  /**
   * A consumer says this often, in ms, which pages it is still rendering. A third of RENDER_LEASE_MS at most, so that two
   * such calls may be lost.
   */
  RENDER_HEARTBEAT_MS: whole(10).default(5 * second),
  /** What has not ended by then fails with `deadline_exceeded`, and the batch completes. In ms from acceptance. */
  BATCH_DEADLINE_MS: whole(1).default(24 * hour),
  /** Finished items wait this many ms at most for others, to be written to D1 in one statement. */
  PROJECTION_DELAY_MS: whole(0).default(500),
  /** Items written to D1 in one statement, at most. */
  PROJECTION_ITEMS: whole(1, 10_000).default(500),

  /** While its batch runs, a tracker looks after it every so many ms at least: what it had in memory may be gone. */
  TRACKER_HEARTBEAT_MS: whole(100).default(5 * second),
  /** A tracker forgets its batch this many ms after the last webhook attempt. D1 keeps the batch. */
  TRACKER_RETENTION_MS: whole(1).default(7 * 24 * hour),
  /** D1, R2, the queue or another object that has not answered after this many ms counts as failing. */
  IO_TIMEOUT_MS: whole(100).default(15 * second),

  /** Browsers at once, at most. Browser Run: 120 on the paid plan, 3 on the free one. */
  MAX_BROWSERS: whole(1).default(120),
  /** Time between two launches, in ms. Browser Run: 1 a second on the paid plan, 1 in 20 s on the free one. */
  LAUNCH_INTERVAL_MS: whole(0).default(second),
  /** A browser without a lease is closed after this many ms. */
  BROWSER_IDLE_MS: whole(0).default(20 * second),
  /** A browser is not leased again after this many ms of life, so that what leaks in Chromium goes. */
  BROWSER_MAX_AGE_MS: whole(1).default(10 * minute),
  /** Browser Run ends a session that got no command for this many ms (its own limit: 600,000). */
  BROWSER_KEEP_ALIVE_MS: whole(10_000, 600_000).default(60 * second),
  /** A browser's lease that has not been given back after this many ms is taken back. */
  BROWSER_LEASE_MS: whole(1).default(2 * minute),
  /** How long a consumer waits for a browser, in ms, before it gives its tickets back. */
  BROWSER_WAIT_MS: whole(0).default(15 * second),

  /** Pages that one lease renders at the same time. */
  TABS_PER_LEASE: whole(1, 50).default(8),
  /** For this many ms a consumer run takes on new pages; then it ends those it has. */
  CONSUMER_RUN_MS: whole(0).default(5 * second),

  /** From navigation to the load event, at most, in ms. */
  NAVIGATION_TIMEOUT_MS: whole(1).default(30 * second),
  /** From the load event until network and DOM are quiet, at most, in ms. */
  SETTLE_TIMEOUT_MS: whole(0).default(8 * second),
  /** Network and DOM are quiet when nothing has happened for this many ms. */
  SETTLE_QUIET_MS: whole(0).default(150),
  /** One page in all, at most, in ms. */
  PAGE_TIMEOUT_MS: whole(1).default(45 * second),
  /** Largest page content kept, in bytes of UTF-8. */
  MAX_PAGE_BYTES: whole(1).default(16 * mebibyte),

  /**
   * Page content is kept this many ms after its batch completed. Not below 15 minutes, the longest that a consumer can
   * run: a page that was being rendered when its batch was cancelled is written until then, and would stay.
   */
  CONTENT_RETENTION_MS: whole(15 * minute).default(30 * 24 * hour),
  /**
   * A batch, its items and the attempts to deliver its webhook are kept this many ms after it completed. Not below
   * CONTENT_RETENTION_MS: the rows say where the content is. One item takes some 400 bytes, and D1 holds 10 GB.
   */
  BATCH_RETENTION_MS: whole(1).default(365 * 24 * hour),
  /** An Idempotency-Key is kept this many ms. */
  IDEMPOTENCY_TTL_MS: whole(1).default(24 * hour),
  /** A request that died holds its Idempotency-Key for this many ms. */
  IDEMPOTENCY_LOCK_MS: whole(0, minute).default(minute),
  /** A hosted URL works this many ms. */
  HOSTED_URL_TTL_MS: whole(1).default(7 * 24 * hour),

  /**
   * The least that is logged: `debug`, `info`, `warn` or `error`. `info` has how each item ended and why it was tried
   * again; `debug` each step of it too, five lines a page.
   */
  LOG_LEVEL: z.enum(logLevels).default("info"),

  /** DNS-over-HTTPS resolver (JSON form) that the guard against private addresses asks. */
  DNS_RESOLVER_URL: z.url().default("https://cloudflare-dns.com/dns-query"),
});

/** What holds between variables. */
const settingsSchema = variables.superRefine((given, ctx) => {
  const { RENDER_HEARTBEAT_MS, RENDER_LEASE_MS, CONTENT_RETENTION_MS, BATCH_RETENTION_MS } = given;
  const off = (name: keyof typeof given, rule: string) =>
    ctx.addIssue({ code: "custom", path: [name], message: rule });
  if (RENDER_HEARTBEAT_MS * 3 > RENDER_LEASE_MS) {
    off("RENDER_HEARTBEAT_MS", `must be a third of RENDER_LEASE_MS (${RENDER_LEASE_MS}) at most`);
  }
  if (BATCH_RETENTION_MS < CONTENT_RETENTION_MS) {
    off("BATCH_RETENTION_MS", `must not be below CONTENT_RETENTION_MS (${CONTENT_RETENTION_MS})`);
  }
});

export type Settings = z.infer<typeof settingsSchema>;

const parsed = new WeakMap<object, Settings>();

/**
 * The settings of this deployment, parsed once per environment.
 *
 * @throws Error that names each variable that is off, its rule and what was given.
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
    throw new Error(`The configuration is off. ${faults.join("; ")}`);
  }
  parsed.set(env, result.data);
  return result.data;
}

/**
 * One setting by itself, or its default if it breaks its rule: for what has to work before the configuration is known to
 * be valid.
 */
export function settingOrDefault<Name extends keyof Settings>(env: object, name: Name): Settings[Name] {
  const variable = variables.shape[name];
  const { success, data } = variable.safeParse((env as Record<string, unknown>)[name]);
  return (success ? data : variable.parse(undefined)) as Settings[Name];
}

/** As many as the digest of HMAC-SHA-256 has (RFC 2104, section 3). */
const MIN_SECRET_BYTES = 32;

/** The secret that signs hosted URLs. @throws Error that names the variable and its rule, if it is missing or too short */
export function signingSecret({ URL_SIGNING_SECRET }: Pick<Env, "URL_SIGNING_SECRET">): string {
  const bytes = new TextEncoder().encode(URL_SIGNING_SECRET ?? "").length;
  if (bytes >= MIN_SECRET_BYTES) return URL_SIGNING_SECRET;
  const rule = `must be at least ${MIN_SECRET_BYTES} bytes, such as \`openssl rand -base64 32\` prints`;
  throw new Error(`The configuration is off. URL_SIGNING_SECRET: ${rule}; ${bytes} bytes were given`);
}
