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
  const left = () => Math.max(0, endsAt - Date.now());
  while (left() > 0 && !watch.failure) {
    await watch.until(
      () => watch.failure !== undefined || (watch.isLoaded && watch.quietSince !== null),
      left(),
    );
    const documents = watch.documents;
    const dom = await domQuiet(tab, quiet, left());
    if (watch.documents !== documents || watch.quietSince === null) continue;
    if (dom === "still") return true;
    // What the last answers brought must have had time to show.
    const pause = watch.quietSince + quiet - Date.now();
    if (dom === "quiet" && pause <= 0) return true;
    await watch.until(() => watch.documents !== documents, Math.min(left(), Math.max(pause, 10)));
  }
  return false;
}

/**
 * Waits until the DOM is quiet. `still`: and stays so, for the page has no scripts. `lost`: the document went away
 * meanwhile, or does not answer.
 */
async function domQuiet(tab: Tab, quiet: number, timeout: number): Promise<"still" | "quiet" | "lost"> {
  const expression = `window[Symbol.for("${tab.activityKey}")](${quiet}, ${TIMER_HORIZON_MS})`;
  try {
    const { result, exceptionDetails } = await tab.send(
      "Runtime.evaluate",
      { expression, awaitPromise: true },
      { timeout: Math.max(1, timeout) },
    );
    if (exceptionDetails) return "lost";
    return result.value === true ? "still" : "quiet";
  } catch {
    return "lost";
  }
}
