/** Renders one page for someone who waits for it, outside of any batch. */

import { leaseBrowser } from "../browsers/lease.ts";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import { COMMAND_TIMEOUT_MS, Renderer } from "../render/renderer.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

/**
 * The page at `url`, in a browser context of its own, once. It waits for a browser as long as a consumer does
 * (BROWSER_WAIT_MS), and then for the page (PAGE_TIMEOUT_MS).
 *
 * @throws RenderFailure that says why there is none; what the pool throws when it cannot be asked
 */
export async function renderOnce(env: Env, url: string): Promise<RenderedPage> {
  const leased = await leaseBrowser(env, null);
  if ("waitMs" in leased)
    throw new RenderFailure("render_failed", "No browser is free now; try again later.");
  const { browser, release } = leased;
  const rendering = new Renderer(env, null);
  let isFit = false;
  try {
    const tab = await rendering.openTab(browser);
    try {
      return await rendering.render(tab, url);
    } finally {
      await tab.close();
      isFit = true;
    }
  } catch (thrown) {
    throw failureOf(thrown, settings(env).PAGE_TIMEOUT_MS);
  } finally {
    await withinTime(COMMAND_TIMEOUT_MS, "Disconnecting", browser.disconnect()).catch(() => {});
    await release({ broken: !isFit });
  }
}

function failureOf(thrown: unknown, pageTimeoutMs: number): RenderFailure {
  if (thrown instanceof RenderFailure) return thrown;
  if (thrown instanceof TimeLimitError) {
    return new RenderFailure("timeout", `The page was not rendered within ${pageTimeoutMs / 1000} s.`);
  }
  log("warn", "page.unexpected_failure", { error: messageOf(thrown) });
  return new RenderFailure("render_failed", "The page could not be rendered.");
}
