/** Renders one page for someone who waits for it, outside of any batch. */
import { type Env, settings } from "../env.ts";
import { log, messageOf } from "../log.ts";
import { publicUrlGuard } from "../net/guard.ts";
import { suspectUrlPatterns } from "../net/public-url.ts";
import { TimeLimitError, withinTime } from "../time-limit.ts";
import { leaseBrowser } from "./browser-lease.ts";
import { RenderFailure } from "./failure.ts";
import { pageLook } from "./page-look.ts";
import { type RenderedPage, renderPage } from "./render-page.ts";
import { Tab } from "./tab.ts";

/** One command to the browser takes at most so many ms. */
const COMMAND_TIMEOUT_MS = 5000;
/** A page that keeps to its time limit is given so many ms more to say so. */
const GRACE_MS = 2000;

/**
 * The page at `url`, in a browser context of its own, once. It waits for a browser as long as a consumer does
 * (BROWSER_WAIT_MS), and then for the page (PAGE_TIMEOUT_MS).
 *
 * @throws RenderFailure that says why there is none; what the pool throws when it cannot be asked
 */
export async function renderOnce(env: Env, url: string): Promise<RenderedPage> {
  const { PAGE_TIMEOUT_MS, ...limits } = settings(env);
  const guard = publicUrlGuard(limits);
  const verdict = await guard.beforeCall(url);
  if (!verdict.ok) throw new RenderFailure(verdict.code, `The page may not be called: ${verdict.reason}.`);

  const leased = await leaseBrowser(env, null);
  if ("waitMs" in leased)
    throw new RenderFailure("render_failed", "No browser is free now; try again later.");
  const { browser, release } = leased;
  let isFit = false;
  try {
    const tab = await Tab.open(browser, {
      look: pageLook(null),
      suspectUrls: limits.ALLOW_PRIVATE_NETWORK ? [] : suspectUrlPatterns,
      isAllowed: (address) => guard.allows(address),
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    try {
      const rendering = renderPage(tab, url, {
        pageTimeout: PAGE_TIMEOUT_MS,
        navigationTimeout: limits.NAVIGATION_TIMEOUT_MS,
        settleTimeout: limits.SETTLE_TIMEOUT_MS,
        settleQuiet: limits.SETTLE_QUIET_MS,
        maxBytes: limits.MAX_PAGE_BYTES,
      });
      return await withinTime(PAGE_TIMEOUT_MS + GRACE_MS, "The page", rendering);
    } finally {
      await withinTime(COMMAND_TIMEOUT_MS, "Closing the tab", tab.close());
      isFit = true;
    }
  } catch (thrown) {
    throw failureOf(thrown);
  } finally {
    await withinTime(COMMAND_TIMEOUT_MS, "Disconnecting", browser.disconnect()).catch(() => {});
    await release({ broken: !isFit });
  }
}

function failureOf(thrown: unknown): RenderFailure {
  if (thrown instanceof RenderFailure) return thrown;
  if (thrown instanceof TimeLimitError) return new RenderFailure("timeout", `${thrown.message}.`);
  log("warn", "page.unexpected_failure", { error: messageOf(thrown) });
  return new RenderFailure("render_failed", "The page could not be rendered.");
}
