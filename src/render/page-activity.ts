/** Calls the script that runs inside every document of a tab: activity.page.js. */
import activityScript from "./activity.page.js";
import type { TabSession } from "./tab-session.ts";

/** What may still change the page. */
export interface Activity {
  /** Nothing in the page can act any more: it has no scripts. */
  isStill: boolean;
  /** The DOM has kept changing for as long as anyone was willing to wait. */
  isRestless: boolean;
  /** The page holds something back until somebody scrolls, and it can be scrolled. */
  canScroll: boolean;
}

export class PageActivity {
  readonly #session: TabSession;
  /** The name under which the script offers its functions: pages cannot guess it. */
  readonly #key = crypto.randomUUID();

  constructor(session: TabSession) {
    this.#session = session;
  }

  /** Has the script run at the start of every document. */
  async install(): Promise<void> {
    const source = activityScript.replaceAll("__KEY__", this.#key);
    await this.#session.send("Page.addScriptToEvaluateOnNewDocument", { source });
  }

  /**
   * Resolves when the DOM has been unchanged for `quietMs` and no timer is due within `horizonMs` after load, or when
   * the DOM has kept changing for `patienceMs`. Undefined if the document does not answer within `timeout` ms or is
   * replaced meanwhile.
   */
  untilQuiet(
    quietMs: number,
    horizonMs: number,
    patienceMs: number,
    timeout: number,
  ): Promise<Activity | undefined> {
    return this.#call<Activity>(`quiet(${quietMs}, ${horizonMs}, ${patienceMs})`, timeout).catch(
      () => undefined,
    );
  }

  /** Scrolls down by at most `maxScreens`. Returns whether the page was not yet at its end; undefined as above. */
  scroll(maxScreens: number, timeout: number): Promise<boolean | undefined> {
    return this.#call<boolean>(`scroll(${maxScreens})`, timeout).catch(() => undefined);
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
    const expression = `window[Symbol.for("${this.#key}")].${call}`;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const options = timeout === undefined ? undefined : { timeout: Math.max(1, timeout) };
    const { result, exceptionDetails } = await this.#session.send("Runtime.evaluate", params, options);
    return exceptionDetails ? undefined : (result.value as T);
  }
}
