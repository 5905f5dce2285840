/**
 * Waits for a page to settle: its document loaded, the network quiet, and nothing left that is about to change the DOM.
 *
 * There is no fixed wait. A page without scripts has settled when it has loaded; one that renders by JavaScript has
 * when its requests are answered, its timers of the next seconds have fired and its DOM has been still for a moment.
 */
import type { PageWatch } from "./page-watch.ts";
import type { Tab } from "./tab.ts";

export interface SettleLimits {
  /** ms without a request or a change that count as quiet */
  quiet: number;
  /** ms in all */
  timeout: number;
}

/** Timers that are due within this many ms after load are waited for. */
const TIMER_HORIZON_MS = 2500;

/** Resolves when the page has settled or the time is up. Answers whether it settled. Does not throw. */
export async function settle(tab: Tab, watch: PageWatch, { quiet, timeout }: SettleLimits): Promise<boolean> {
  const endsAt = Date.now() + timeout;
  const left = () => endsAt - Date.now();
  const expression = `window[Symbol.for("${tab.activityKey}")]?.(${quiet}, ${TIMER_HORIZON_MS})`;
  while (left() > 0 && !watch.failure) {
    await watch.until(() => watch.isLoaded || watch.failure !== undefined, left());
    const document = watch.documents;
    // A navigation destroys the promise's world: the command fails, and the new document is looked at.
    const asked = tab
      .send("Runtime.evaluate", { expression, awaitPromise: true }, { timeout: Math.max(1, left()) })
      .then((answer) => answer.exceptionDetails === undefined)
      .catch(() => false);
    const domIsQuiet = await asked;
    if (domIsQuiet && watch.documents === document && watch.isLoaded && watch.quietFor(Date.now()) > 0) return true;
    await watch.until(() => watch.quietFor(Date.now()) > 0 || watch.failure !== undefined, Math.min(left(), 1000));
    if (!domIsQuiet) await watch.until(() => watch.documents !== document, Math.min(left(), 50));
  }
  return false;
}
