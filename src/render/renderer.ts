/** Renders pages as this deployment is set up to: within its limits, and never from a private address. */
import type { Browser } from "@cloudflare/puppeteer";
import { type PublicUrlGuard, publicUrlGuard } from "../net/guard.ts";
import { suspectUrlPatterns } from "../net/public-url.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { emulationFor } from "./emulation.ts";
import type { RenderLimits } from "./render-limits.ts";
import type { RenderedPage } from "./rendered-page.ts";
import { Tab } from "./tab.ts";

/** Limit of one DevTools command, in ms. Commands that wait for a page have limits of their own. */
export const COMMAND_TIMEOUT_MS = 5000;

export class Renderer {
  readonly #country: string | null;
  readonly #guard: PublicUrlGuard;
  readonly #suspectUrls: readonly string[];
  readonly #limits: RenderLimits;

  /** @param country where pages believe their reader to be, ISO 3166-1 alpha-2; null for no country in particular */
  constructor(env: Env, country: string | null) {
    const configured = settings(env);
    this.#country = country;
    this.#guard = publicUrlGuard(configured);
    this.#suspectUrls = configured.ALLOW_PRIVATE_NETWORK ? [] : suspectUrlPatterns;
    this.#limits = limitsIn(configured);
  }

  /** @throws TimeLimitError; what the connection to the browser throws */
  openTab(browser: Browser): Promise<Tab> {
    return Tab.open(browser, {
      emulation: emulationFor(this.#country),
      suspectUrls: this.#suspectUrls,
      isAllowed: (url) => this.#guard.allows(url),
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
  }

  /**
   * Renders the page at `url`.
   *
   * @throws RenderFailure that says why there is no page; TimeLimitError if the rendering hangs; what the connection to
   * the browser throws
   */
  async render(tab: Tab, url: string): Promise<RenderedPage> {
    await this.#checkAddress(url);
    const page = await tab.render(url, this.#limits);
    try {
      // A redirect may have led to a host name that resolves to a private address. The browser does not notice that.
      if (/^https?:/.test(page.finalUrl ?? "")) await this.#checkAddress(page.finalUrl ?? "");
      return page;
    } catch (thrown) {
      page.memory?.release();
      throw thrown;
    }
  }

  /** A name that was public when the batch was accepted may not be so now. @throws RenderFailure if it is not */
  async #checkAddress(url: string): Promise<void> {
    const verdict = await this.#guard.beforeCall(url);
    if (verdict.ok) return;
    const message = `The page cannot be rendered: ${verdict.reason}.`;
    throw new RenderFailure(verdict.code, message, { transient: verdict.transient });
  }
}

function limitsIn(configured: Settings): RenderLimits {
  return {
    pageTimeout: configured.PAGE_TIMEOUT_MS,
    navigationTimeout: configured.NAVIGATION_TIMEOUT_MS,
    settleTimeout: configured.SETTLE_TIMEOUT_MS,
    settleQuiet: configured.SETTLE_QUIET_MS,
    maxBytes: configured.MAX_PAGE_BYTES,
  };
}
