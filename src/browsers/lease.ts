/** A consumer's side of the pool: leases a browser, connects to it, and gives it back. */
import type { Browser } from "@cloudflare/puppeteer";
import { withinTime } from "../io/time-limit.ts";
import type { BatchWork } from "../protocol/work.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { connectToSession } from "./browser-run.ts";
import { browserPool } from "./pool.ts";
import type { Applicant, BeginAnswer, BrowserLease, ReturnedLease } from "./pool-calls.ts";

/** The pool may lease a browser that has died. After this many in a row, the caller gives up. */
const MAX_DEAD_BROWSERS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
const DISCONNECT_TIMEOUT_MS = 5000;
/** How long to wait before trying again when the pool fails, or its browsers do, in ms. */
const RETRY_MS = 1000;

/** There was no browser within BROWSER_WAIT_MS. The `cause` is the pool's error if it failed. */
export class NoBrowserError extends Error {
  override name = "NoBrowserError";
  /** How long until there may be one, in ms. */
  readonly waitMs: number;

  constructor(waitMs: number, options?: ErrorOptions) {
    super(`There may be a browser in ${waitMs} ms.`, options);
    this.waitMs = waitMs;
  }
}

/** A browser that nobody else uses. */
export class LeasedBrowser {
  readonly browser: Browser;
  readonly leaseId: string;
  /** Browser Run's id of the browser. */
  readonly session: string;
  /** Whether it renders from the country that was asked for, if any was. */
  readonly isInCountry: boolean;
  readonly #env: Env;
  readonly #broken = Promise.withResolvers<void>();
  #isBroken = false;

  constructor(env: Env, browser: Browser, lease: BrowserLease) {
    this.#env = env;
    this.browser = browser;
    this.leaseId = lease.id;
    this.session = lease.sessionId;
    this.isInCountry = lease.isInCountry;
    browser.on("disconnected", () => this.markBroken());
  }

  /** The browser is lost or not fit for use. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Resolves when the browser is lost or marked as broken. */
  get whenBroken(): Promise<void> {
    return this.#broken.promise;
  }

  /** Has the pool close the browser instead of leasing it again. */
  markBroken(): void {
    this.#isBroken = true;
    this.#broken.resolve();
  }

  /** Ends the connection. The lease is still to be given back. Does not throw. */
  async disconnect(): Promise<ReturnedLease> {
    // Disconnecting looks like losing the browser.
    const broken = this.#isBroken;
    await withinTime(DISCONNECT_TIMEOUT_MS, "Disconnecting", this.browser.disconnect()).catch(() => {});
    return { id: this.leaseId, broken };
  }

  /** Gives the browser back. Does not throw. */
  async release(): Promise<void> {
    const { id, broken } = await this.disconnect();
    await giveBack(this.#env, id, { broken });
  }
}

/**
 * Calls `use` with a browser for one tab, and gives the browser back afterwards. Others may use the browser, too.
 *
 * @throws NoBrowserError; what `use` throws
 */
export async function withTabInBrowser<T>(env: Env, use: (leased: LeasedBrowser) => Promise<T>): Promise<T> {
  const { leased } = await connected(env, (waitMs) => browserPool(env).leaseTab(waitMs));
  try {
    return await use(leased);
  } finally {
    await leased.release();
  }
}

/**
 * Calls `use` with a browser of its own, and gives it back afterwards.
 *
 * @param country ISO 3166-1 alpha-2; null for any
 * @throws NoBrowserError; what `use` throws
 */
export async function withBrowser<T>(
  env: Env,
  country: string | null,
  use: (leased: LeasedBrowser) => Promise<T>,
): Promise<T> {
  const { leased } = await connected(env, (waitMs) => browserPool(env).lease(country, waitMs));
  try {
    return await use(leased);
  } finally {
    await leased.release();
  }
}

/**
 * A browser for a consumer, what to render in it, and when to call the pool, in ms.
 *
 * @throws NoBrowserError; its `waitMs` is 0 if there is no work for it
 */
export async function browserForWork(
  env: Env,
  applicant: Applicant,
): Promise<{ leased: LeasedBrowser; work: BatchWork[]; againInMs: number }> {
  let { sentAt } = applicant;
  const { leased, answer } = await connected(env, async (waitMs) => {
    const asked = { ...applicant, sentAt };
    // The ticket is used up by the first call.
    sentAt = null;
    return (await browserPool(env).begin(asked, waitMs)) as BeginAnswer;
  });
  return { leased, work: answer.work, againInMs: answer.againInMs };
}

/** Leases browsers until one can be connected to. @throws NoBrowserError */
async function connected<Answer extends { lease: BrowserLease }>(
  env: Env,
  ask: (waitMs: number) => Promise<Answer | { waitMs: number }>,
): Promise<{ leased: LeasedBrowser; answer: Answer }> {
  const endsAt = Date.now() + settings(env).BROWSER_WAIT_MS;
  for (let dead = 0; dead < MAX_DEAD_BROWSERS; dead += 1) {
    const answer = await askUntil(env, endsAt, ask);
    const { lease } = answer;
    try {
      const connecting = connectToSession(env.BROWSER, lease.sessionId);
      const browser = await withinTime(CONNECT_TIMEOUT_MS, "Connecting to a browser", connecting);
      return { leased: new LeasedBrowser(env, browser, lease), answer };
    } catch (thrown) {
      log("warn", "browser.lost", { session: lease.sessionId, error: messageOf(thrown) });
      await giveBack(env, lease.id, { broken: true });
    }
  }
  throw new NoBrowserError(RETRY_MS);
}

/** Waits in the pool's line until `endsAt`, epoch ms. @throws NoBrowserError */
async function askUntil<Answer extends { lease: BrowserLease }>(
  env: Env,
  endsAt: number,
  ask: (waitMs: number) => Promise<Answer | { waitMs: number }>,
): Promise<Answer> {
  const { IO_TIMEOUT_MS } = settings(env);
  for (;;) {
    // The call takes this long, and up to IO_TIMEOUT_MS more for a launch. The wait is cut into short ones because a
    // caller that dies while it waits may still be leased a browser, which nobody can use until the lease runs out.
    const waitMs = Math.max(0, Math.min(endsAt - Date.now(), IO_TIMEOUT_MS / 3));
    try {
      const answer = await ask(waitMs);
      if ("lease" in answer) return answer;
      if (answer.waitMs === 0 || Date.now() >= endsAt) throw new NoBrowserError(answer.waitMs);
    } catch (thrown) {
      if (thrown instanceof NoBrowserError) throw thrown;
      log("warn", "browser.not_leased", { error: messageOf(thrown) });
      throw new NoBrowserError(RETRY_MS, { cause: thrown });
    }
  }
}

async function giveBack(env: Env, leaseId: string, options: { broken: boolean }): Promise<void> {
  try {
    await browserPool(env).release(leaseId, options);
  } catch (thrown) {
    // The lease runs out by itself.
    log("warn", "browser.not_released", { lease: leaseId, error: messageOf(thrown) });
  }
}
