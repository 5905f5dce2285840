/** A consumer's side of the pool: gets a browser, connects to it, gives it back. */
import type { Browser } from "@cloudflare/puppeteer";
import { withinTime } from "../io/time-limit.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { connectToSession } from "./browser-run.ts";
import { browserPool, type LeaseAnswer } from "./pool.ts";

export interface LeasedBrowser {
  browser: Browser;
  /** Gives the browser back. `broken`: it is not fit for use any more. Does not throw. */
  release(options: { broken: boolean }): Promise<void>;
}

/** A browser that is in the pool's books may have died: so many are tried before giving up. */
const MAX_DEAD_BROWSERS = 5;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A browser in `country`, connected; or, when none is to be had within BROWSER_WAIT_MS, after how many ms one may be.
 *
 * @throws what the pool throws when it cannot be asked
 */
export async function leaseBrowser(
  env: Env,
  country: string | null,
): Promise<LeasedBrowser | { waitMs: number }> {
  const { BROWSER_WAIT_MS, IO_TIMEOUT_MS } = settings(env);
  const endsAt = Date.now() + BROWSER_WAIT_MS;
  for (let dead = 0; ; ) {
    // Longer than the pool itself waits for a launch. A lease whose answer comes too late runs out.
    const asking: Promise<LeaseAnswer> = browserPool(env).lease(country);
    const answer = await withinTime(2 * IO_TIMEOUT_MS, "The browser pool", asking);
    if ("waitMs" in answer) {
      if (Date.now() + answer.waitMs > endsAt) return answer;
      await new Promise((resolve) => setTimeout(resolve, answer.waitMs));
      continue;
    }
    const release = (options: { broken: boolean }) => giveBack(env, answer.lease.id, options);
    try {
      const connecting = connectToSession(env.BROWSER, answer.lease.sessionId);
      const browser = await withinTime(CONNECT_TIMEOUT_MS, "Connecting to a browser", connecting);
      return { browser, release };
    } catch (thrown) {
      log("warn", "browser.lost", { session: answer.lease.sessionId, error: messageOf(thrown) });
      await release({ broken: true });
      dead += 1;
      if (dead >= MAX_DEAD_BROWSERS) return { waitMs: 1000 };
    }
  }
}

async function giveBack(env: Env, leaseId: string, options: { broken: boolean }): Promise<void> {
  try {
    const giving = browserPool(env).release(leaseId, options);
    await withinTime(settings(env).IO_TIMEOUT_MS, "The browser pool", giving);
  } catch (thrown) {
    // The lease runs out by itself.
    log("warn", "browser.not_released", { lease: leaseId, error: messageOf(thrown) });
  }
}
