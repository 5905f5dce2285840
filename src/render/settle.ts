/**
 * Waits for a page to settle: its document loaded, the network quiet, nothing left that is about to change the DOM, and
 * nothing held back until somebody scrolls.
 *
 * There is no fixed wait. A page without scripts has settled when it has loaded; one that renders by JavaScript has
 * when its requests are answered, by its workers too, its timers of the next seconds have fired and its DOM has been
 * still for a moment.
 * A page that never falls quiet has when only one thing goes on for long: its DOM changes without anything new having
 * come (a clock), or it asks for one small thing after another and nothing changes (a poll).
 */
import type { PageWatch } from "./page-watch.ts";
import type { Tab } from "./tab.ts";

export interface SettleLimits {
  /** ms without a request or a change that count as quiet */
  quiet: number;
  /** ms in all */
  timeout: number;
}

/** Timers that are due within this many ms after load are waited for, and answers of workers asked by then. */
const TIMER_HORIZON_MS = 2500;
/** A DOM that goes on changing for this many ms with a quiet network is not waited for. */
const RESTLESS_MS = 2000;
/** Nor are requests that follow one another for this many ms with a quiet DOM, each answered within a second. */
const CHATTER_MS = 3000;
const CHATTER_ANSWER_MS = 1000;
/** A page that grows for as long as somebody scrolls is scrolled to its end so often, and so many screens each time. */
const MAX_SCROLLS = 10;
const MAX_SCREENS = 40;

/** Resolves when the page has settled or the time is up. Answers whether it settled. Does not throw. */
export async function settle(tab: Tab, watch: PageWatch, { quiet, timeout }: SettleLimits): Promise<boolean> {
  const endsAt = Date.now() + timeout;
  const left = () => Math.max(0, endsAt - Date.now());
  let loadedAt: number | undefined;
  let scrolls = 0;
  while (left() > 0 && !watch.isOver) {
    const isLoaded = await watch.until(
      () => watch.isOver || (watch.isLoaded && watch.quietSince !== null),
      left(),
    );
    if (isLoaded) loadedAt ??= Date.now();
    const documents = watch.documents;
    const page = await ask<Quiet>(tab, `quiet(${quiet}, ${TIMER_HORIZON_MS}, ${RESTLESS_MS})`, left());
    if (watch.documents !== documents) continue;
    if (page?.isStill && watch.quietSince !== null) return true;
    if (page && hasSettled(watch, page, quiet, loadedAt)) {
      if (!page.canScroll || scrolls >= MAX_SCROLLS) return true;
      scrolls += 1;
      if (!(await ask<boolean>(tab, `scroll(${MAX_SCREENS})`, left()))) return true;
      continue;
    }
    // What the last answers brought must have had time to show.
    const pause = watch.quietSince === null ? 10 : watch.quietSince + quiet - Date.now();
    await watch.until(
      () => watch.isOver || watch.documents !== documents,
      Math.min(left(), Math.max(pause, 10)),
    );
  }
  return false;
}

/** What the page's own quiet() says: see activity.page.js. */
interface Quiet {
  isStill: boolean;
  isRestless: boolean;
  canScroll: boolean;
}

function hasSettled(watch: PageWatch, page: Quiet, quiet: number, loadedAt = Date.now()): boolean {
  const now = Date.now();
  const networkQuiet = watch.quietSince === null ? 0 : now - watch.quietSince;
  if (page.isRestless) return networkQuiet >= RESTLESS_MS;
  if (networkQuiet >= quiet) return true;
  return now - loadedAt >= CHATTER_MS && watch.longestWait < CHATTER_ANSWER_MS;
}

/** Asks activity.page.js. Undefined when the document went away meanwhile, or does not answer in time. */
function ask<T>(tab: Tab, call: string, timeout: number): Promise<T | undefined> {
  return tab.ask<T>(call, { timeout: Math.max(1, timeout) }).catch(() => undefined);
}
