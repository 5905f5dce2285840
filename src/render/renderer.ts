/** How this deployment renders pages: within its limits, and none from a private address. */
import type { Browser } from "@cloudflare/puppeteer";
import { withinTime } from "../io/time-limit.ts";
import { type PublicUrlGuard, publicUrlGuard } from "../net/guard.ts";
import { suspectUrlPatterns } from "../net/public-url.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { emulationFor } from "./emulation.ts";
import type { RenderLimits } from "./render-limits.ts";
import type { RenderedPage } from "./rendered-page.ts";
import { Tab } from "./tab.ts";

/** One command to a tab takes at most so many ms; those that wait for a page have their own limits. */
export const COMMAND_TIMEOUT_MS = 5000;

/** A page that has not kept its own limit by so many ms is given up. */
const GRACE_MS = 2000;

export class Renderer {
  readonly #settings: Settings;
  readonly #country: string | null;
  readonly #guard: PublicUrlGuard;

  /** `country`: whose reader the pages see, ISO 3166-1 alpha-2; null for none in particular. */
  constructor(env: Env, country: string | null) {
    this.#settings = settings(env);
    this.#country = country;
    this.#guard = publicUrlGuard(this.#settings);
  }

  /** @throws what the connection to the browser throws */
  openTab(browser: Browser): Promise<Tab> {
    return Tab.open(browser, {
      emulation: emulationFor(this.#country),
      suspectUrls: this.#settings.ALLOW_PRIVATE_NETWORK ? [] : suspectUrlPatterns,
      isAllowed: (url) => this.#guard.allows(url),
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
  }

  /**
   * The page at `url`.
   *
   * @throws RenderFailure that says why there is none; TimeLimitError; what the connection to the browser throws
   */
  async render(tab: Tab, url: string): Promise<RenderedPage> {
    await this.#checkAddress(url);
    const rendering = tab.render(url, this.#limits());
    const page = await withinTime(this.#settings.PAGE_TIMEOUT_MS + GRACE_MS, "The page", rendering);
    // A redirect may have led to a name of a private address, which the browser does not tell from others.
    if (/^https?:/.test(page.finalUrl ?? "")) await this.#checkAddress(page.finalUrl ?? "");
    return page;
  }

  /** What was public when the page was asked for may not be so now. @throws RenderFailure if it is not */
  async #checkAddress(url: string): Promise<void> {
    const verdict = await this.#guard.beforeCall(url);
    if (verdict.ok) return;
    const message = `The page may not be called: ${verdict.reason}.`;
    throw new RenderFailure(verdict.code, message, { transient: verdict.transient });
  }

  #limits(): RenderLimits {
    const { NAVIGATION_TIMEOUT_MS, SETTLE_TIMEOUT_MS, SETTLE_QUIET_MS, PAGE_TIMEOUT_MS, MAX_PAGE_BYTES } =
      this.#settings;
    return {
      pageTimeout: PAGE_TIMEOUT_MS,
      navigationTimeout: NAVIGATION_TIMEOUT_MS,
      settleTimeout: SETTLE_TIMEOUT_MS,
      settleQuiet: SETTLE_QUIET_MS,
      maxBytes: MAX_PAGE_BYTES,
    };
  }
}
