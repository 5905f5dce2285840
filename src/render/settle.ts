/**
 * Decides when a page has settled: its document has loaded, the network is quiet, nothing is left that is about to
 * change the DOM, and nothing is held back until somebody scrolls.
 *
 * There is no fixed wait. A page without scripts has settled when it has loaded. A page that renders with JavaScript has
 * settled when its requests have been answered, its workers have answered, its timers of the next few seconds have
 * fired, and its DOM has been unchanged for a moment.
 *
 * A page that never falls quiet has settled when only one thing goes on for long: its DOM changes although nothing new
 * has arrived (a clock), or it sends one short request after another and nothing changes (a poll).
 */
import type { NetworkActivity } from "./network-activity.ts";
import type { Activity } from "./page-activity.ts";
import type { PageVisit } from "./page-visit.ts";

/** A DOM that keeps changing for this many ms while the network is quiet is not waited for. */
const RESTLESS_MS = 2000;
/** Nor are requests that follow one another for this many ms while the DOM is quiet, each answered within a second. */
const CHATTER_MS = 3000;
const CHATTER_ANSWER_MS = 1000;
/** A page that grows whenever somebody scrolls is scrolled to its end this many times, in this many steps each time. */
const MAX_SCROLLS = 10;
const MAX_STEPS = 40;
/** This many refreshes are followed, in case they go round in circles. */
const MAX_REFRESHES = 3;

export interface Settled {
  /** False if the page was still changing when its time was up. */
  hasSettled: boolean;
  /** The page shows only a handful of words, and scripts were to make more of it. */
  isNearlyEmpty: boolean;
}

/** Resolves when the page has settled or its time is up. Does not throw. */
export async function settle(visit: PageVisit): Promise<Settled> {
  const { watch, activity } = visit;
  const { network } = watch;
  const quiet = visit.limits.settleQuiet;
  let endsAt = Date.now() + visit.time.forSettling();
  const left = () => Math.max(0, endsAt - Date.now());
  let loadedAt: number | undefined;
  let scrolls = 0;
  let refreshes = 0;
  let page: Activity | undefined;
  const result = (hasSettled: boolean) => ({ hasSettled, isNearlyEmpty: page?.isNearlyEmpty === true });
  while (left() > 0 && !visit.isOver) {
    await visit.until(() => watch.isLoaded && network.quietSince !== null, left());
    if (watch.isLoaded && network.quietSince !== null) loadedAt ??= Date.now();
    const { documentCount } = watch;
    const isReplaced = () => watch.documentCount !== documentCount;
    page = await activity.untilQuiet(quiet, RESTLESS_MS, Date.now() - network.slowAnswerAt, left());
    if (isReplaced()) continue;
    if (watch.msUntilRefresh > 0 && refreshes < MAX_REFRESHES) {
      refreshes += 1;
      await visit.until(isReplaced, watch.msUntilRefresh);
      endsAt = Date.now() + visit.time.forSettling();
      continue;
    }
    if (page?.isStill && network.quietSince !== null) return result(true);
    if (page && hasSettled(page, network, quiet, loadedAt)) {
      if (!page.canScroll) return result(true);
      const steps = scrolls < MAX_SCROLLS ? MAX_STEPS : 0;
      scrolls += 1;
      if (!(await activity.scroll(steps, left()))) return result(true);
      continue;
    }
    // What the last answers brought must have had time to show.
    const pause = network.quietSince === null ? 10 : network.quietSince + quiet - Date.now();
    await visit.until(isReplaced, Math.min(left(), Math.max(pause, 10)));
  }
  return result(false);
}

function hasSettled(page: Activity, network: NetworkActivity, quiet: number, loadedAt = Date.now()): boolean {
  const now = Date.now();
  const networkQuiet = network.quietSince === null ? 0 : now - network.quietSince;
  if (page.isRestless) return networkQuiet >= RESTLESS_MS;
  if (networkQuiet >= quiet) return true;
  return now - loadedAt >= CHATTER_MS && network.longestWait < CHATTER_ANSWER_MS;
}
