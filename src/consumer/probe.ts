/**
 * Measures what no documentation of Browser Run says, for the operator: with the pool's browsers and Trawl's own tabs, on
 * pages that this deployment serves itself.
 */
import { type LeasedBrowser, withBrowser } from "../browsers/lease.ts";
import { browserPool } from "../browsers/pool.ts";
import { withinTime } from "../io/time-limit.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import { connectionOf } from "../render/browser-connection.ts";
import { Renderer } from "../render/renderer.ts";
import type { Env } from "../settings.ts";
import { messageOf } from "../text/log.ts";
import { closeTab, openTab } from "./tab-lifecycle.ts";

const ROUND_TRIPS = 20;
/** Longer than a tab waits, because here the answer is what matters. */
const DISPOSE_LIMIT_MS = 5000;
/** A browser is leased for a minute. No further page is begun after this many ms. */
const PAGES_LIMIT_MS = 40_000;

/** Times are in ms. */
export interface BrowserProbe {
  chrome: string;
  /** Null if a browser was running already. */
  launch: number | null;
  /** How long it took to get the browser and to connect to it. */
  lease: number;
  /** Of a DevTools command that the browser answers at once. */
  roundTrip: { median: number; slowest: number };
  /** How long a context with an open page took to be disposed of; null if the browser did not answer. */
  dispose: number | null;
}

/** @throws NoBrowserError; what the connection to the browser throws */
export async function probeBrowser(env: Env): Promise<BrowserProbe> {
  const before = await browserPool(env).state();
  const beganAt = Date.now();
  return await withBrowser(env, null, async (leased) => {
    const lease = Date.now() - beganAt;
    const { browsers } = await browserPool(env).state();
    const launch = browsers > before.browsers ? lease : null;
    const chrome = await leased.browser.version();
    const roundTrip = await measureRoundTrip(leased);
    return { chrome, launch, lease, roundTrip, dispose: await measureDisposal(leased) };
  });
}

async function measureRoundTrip({ browser }: LeasedBrowser): Promise<BrowserProbe["roundTrip"]> {
  const connection = await connectionOf(browser);
  const times: number[] = [];
  for (let n = 0; n < ROUND_TRIPS; n += 1) {
    const sentAt = Date.now();
    await connection.send("Browser.getVersion");
    times.push(Date.now() - sentAt);
  }
  times.sort((one, other) => one - other);
  return { median: times[ROUND_TRIPS / 2] ?? 0, slowest: times.at(-1) ?? 0 };
}

/** See github.com/cloudflare/puppeteer/issues/97. */
async function measureDisposal(leased: LeasedBrowser): Promise<number | null> {
  const connection = await connectionOf(leased.browser);
  const { browserContextId } = await connection.send("Target.createBrowserContext", {
    disposeOnDetach: true,
  });
  await connection.send("Target.createTarget", { url: "about:blank", browserContextId });
  const beganAt = Date.now();
  try {
    const disposing = connection.send("Target.disposeBrowserContext", { browserContextId });
    await withinTime(DISPOSE_LIMIT_MS, "Disposing of a context", disposing);
    return Date.now() - beganAt;
  } catch {
    leased.markBroken(); // What state it is in is not known.
    return null;
  }
}

export interface PagesProbe {
  completed: number;
  failed: number;
  /** From the first page to the last, in ms. The tabs are open already. */
  ms: number;
  /** Of the first page that failed. */
  error: string | null;
}

/**
 * Renders pages in several tabs of a browser. It saves nothing.
 *
 * @param pageUrl returns the address of a page by its number
 * @throws NoBrowserError; what the connection to the browser throws
 */
export async function probePages(
  env: Env,
  { tabs, pages }: { tabs: number; pages: number },
  pageUrl: (n: number) => string,
): Promise<PagesProbe> {
  return await withBrowser(env, null, async (leased) => {
    const renderer = new Renderer(env, null);
    const open = await Promise.all(Array.from({ length: tabs }, () => openTab(leased, renderer)));
    const outcome: PagesProbe = { completed: 0, failed: 0, ms: 0, error: null };
    const beganAt = Date.now();
    let next = 0;
    await Promise.all(
      open.map(async (tab) => {
        while (next < pages && Date.now() - beganAt < PAGES_LIMIT_MS) {
          const url = pageUrl(next);
          next += 1;
          try {
            const page = await renderer.render(tab, url);
            page.memory?.release();
            outcome.completed += 1;
            await tab.leave();
          } catch (thrown) {
            outcome.failed += 1;
            outcome.error ??= thrown instanceof RenderFailure ? thrown.code : messageOf(thrown);
            if (!(thrown instanceof RenderFailure && thrown.leavesTabFit)) return;
            await tab.leave();
          }
        }
      }),
    );
    outcome.ms = Date.now() - beganAt;
    await Promise.all(open.map((tab) => closeTab(leased, tab)));
    return outcome;
  });
}

export interface LocationProbe {
  /** False if Browser Run refused to launch a browser there: the page came from one for any country. */
  granted: boolean;
  /** The page's title. */
  title: string;
}

/** @throws NoBrowserError; RenderFailure; what the connection to the browser throws */
export async function probeLocation(env: Env, country: string, url: string): Promise<LocationProbe> {
  return await withBrowser(env, country, async (leased) => {
    const renderer = new Renderer(env, country);
    const tab = await openTab(leased, renderer);
    try {
      const page = await renderer.render(tab, url);
      page.memory?.release();
      return { granted: leased.isInCountry, title: page.title ?? "" };
    } finally {
      await closeTab(leased, tab);
    }
  });
}
