/** Renders a page outside of any batch, for someone who waits for it. */
import { NoBrowserError, withTabInBrowser } from "../browsers/lease.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import { Renderer } from "../render/renderer.ts";
import type { Env } from "../settings.ts";
import { failureOf } from "./page-failure.ts";
import { closeTab, openTab } from "./tab-lifecycle.ts";

/**
 * The page at `url`, rendered once in a browser context of its own. Waits for a browser up to BROWSER_WAIT_MS, and for
 * the page up to PAGE_TIMEOUT_MS.
 *
 * @throws RenderFailure; what the browser pool throws when it fails
 */
export async function renderOnce(env: Env, url: string): Promise<RenderedPage> {
  try {
    return await withTabInBrowser(env, async (leased) => {
      const renderer = new Renderer(env, null);
      const tab = await openTab(leased, renderer);
      try {
        return await renderer.render(tab, url);
      } finally {
        await closeTab(leased, tab);
      }
    });
  } catch (thrown) {
    if (thrown instanceof NoBrowserError) {
      if (thrown.cause) throw thrown.cause;
      throw new RenderFailure("render_failed", "No browser is free now; try again later.");
    }
    throw failureOf(thrown, { fallback: "The page could not be rendered." });
  }
}
