/** Calls the script that runs inside every document of a tab: see activity/activity.page.js. */
import activity from "./activity/activity.page.js";
import animations from "./activity/animations.page.js";
import appearance from "./activity/appearance.page.js";
import changes from "./activity/changes.page.js";
import company from "./activity/company.page.js";
import gains from "./activity/gains.page.js";
import history from "./activity/history.page.js";
import leaving from "./activity/leaving.page.js";
import native from "./activity/native.page.js";
import pending from "./activity/pending.page.js";
import scrollAreas from "./activity/scroll-areas.page.js";
import scrolling from "./activity/scrolling.page.js";
import type { TabSession } from "./tab-session.ts";

/** Each declares a function. The last one calls the others. */
const functions = [
  native,
  changes,
  pending,
  company,
  animations,
  gains,
  scrollAreas,
  scrolling,
  appearance,
  history,
  leaving,
  activity,
].join("\n");

/** What may still change the page. */
export interface Activity {
  /** Nothing in the page can act any more: it has no scripts. */
  isStill: boolean;
  /** The DOM has kept changing for as long as anyone was willing to wait. */
  isRestless: boolean;
  /** The page shows only a handful of words, and scripts were to make more of it. */
  isNearlyEmpty: boolean;
  /** The page holds something back until somebody scrolls, and it can be scrolled. */
  canScroll: boolean;
}

export class PageActivity {
  readonly #session: TabSession;
  /** The name of the window's property that holds the script's functions: no page uses it by chance. */
  readonly #key = crypto.randomUUID();

  constructor(session: TabSession) {
    this.#session = session;
  }

  /** Has the script run at the start of every document. */
  async install(): Promise<void> {
    const source = `(() => {\n${functions}\ntrackActivity("${this.#key}");\n})();`;
    await this.#session.send("Page.addScriptToEvaluateOnNewDocument", { source });
  }

  /**
   * Resolves when the DOM has been unchanged for `quietMs` and nothing is due soon, or when the DOM has kept changing for
   * `patienceMs`. `answeredMsAgo`: since the last slow answer of a server. Undefined if the document does not answer
   * within `timeout` ms or is replaced meanwhile.
   */
  untilQuiet(
    quietMs: number,
    patienceMs: number,
    answeredMsAgo: number,
    timeout: number,
  ): Promise<Activity | undefined> {
    return this.#call<Activity>(`quiet(${quietMs}, ${patienceMs}, ${answeredMsAgo})`, timeout).catch(
      () => undefined,
    );
  }

  /**
   * Scrolls everything down that scrolls, in at most `maxSteps` each. If all was at its end, or no steps are allowed, it
   * scrolls back to the top and returns false. Undefined as above.
   */
  scroll(maxSteps: number, timeout: number): Promise<boolean | undefined> {
    return this.#call<boolean>(`scroll(${maxSteps})`, timeout).catch(() => undefined);
  }

  /**
   * Empties the document, whose scripts have been disabled. Returns true if nothing of the page goes on after that.
   *
   * @throws what `TabSession.send` throws, also if the document is replaced meanwhile
   */
  leave(): Promise<boolean | undefined> {
    return this.#call<boolean>("leave()");
  }

  /** Undefined if the page has broken the script. */
  async #call<T>(call: string, timeout?: number): Promise<T | undefined> {
    const expression = `window["${this.#key}"].${call}`;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const options = timeout === undefined ? undefined : { timeout: Math.max(1, timeout) };
    const { result, exceptionDetails } = await this.#session.send("Runtime.evaluate", params, options);
    return exceptionDetails ? undefined : (result.value as T);
  }
}
