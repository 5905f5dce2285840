/**
 * Removes what was in the tab before a page from the tab's history, once the page is there. A frame could go back to it
 * otherwise.
 */
import type { PageWatch } from "./page-watch.ts";
import type { TabSession } from "./tab-session.ts";

export class HistoryReset {
  readonly #session: TabSession;
  readonly #watch: PageWatch;
  readonly #listeners: (() => void)[];
  #isDone = false;

  /** Waits for the page's document until `stop()`. */
  constructor(session: TabSession, watch: PageWatch) {
    this.#session = session;
    this.#watch = watch;
    this.#listeners = [
      session.on("Page.domContentEventFired", () => this.#reset()),
      session.on("Page.loadEventFired", () => this.#reset()),
      session.on("Page.navigatedWithinDocument", () => {
        // Too late: the reset would remove the entries that the page itself has added.
        if (watch.documentCount > 0) this.#isDone = true;
      }),
    ];
  }

  stop(): void {
    for (const unlisten of this.#listeners) unlisten();
  }

  #reset(): void {
    if (this.#isDone || this.#watch.documentCount === 0) return;
    this.#isDone = true;
    this.#session.send("Page.resetNavigationHistory").catch(() => {
      // The page is on its way elsewhere, or back. The next document's events try again.
      this.#isDone = false;
    });
  }
}
