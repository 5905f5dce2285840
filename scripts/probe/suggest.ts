/** Which settings a probe's findings suggest, and why. */
import type { Measured } from "./measure.ts";

export interface Suggestion {
  /** A variable of src/settings.ts. */
  name: string;
  value: number;
  reason: string;
}

/** More tabs have to be so much faster than fewer: they need more memory. */
const worthIt = 1.1;
/** A launch may take so many times as long as the one that was measured. */
const launchMargin = 3;
/** The least that is expected of a deployment's queue. */
const fewConsumers = 3;

export function suggest({ rates, settings, launchMs, consumers }: Measured): Suggestion[] {
  const suggestions: Suggestion[] = [];
  const propose = (name: string, value: number, reason: string) => {
    if (settings[name] !== undefined && settings[name] !== value) suggestions.push({ name, value, reason });
  };

  const clean = rates.filter(({ failed, pages }) => failed === 0 && pages > 0);
  let best = clean[0];
  for (const rate of clean) if (best && rate.perSecond > best.perSecond * worthIt) best = rate;
  // More tabs than were measured may be better still, so only fewer are suggested.
  if (best && clean.length > 1 && best.tabs < (settings.TABS_PER_LEASE ?? 0)) {
    propose(
      "TABS_PER_LEASE",
      best.tabs,
      `${best.perSecond} pages/s in ${best.tabs} tabs, and no more in more`,
    );
  }
  if (launchMs && launchMs * launchMargin > (settings.IO_TIMEOUT_MS ?? Number.POSITIVE_INFINITY)) {
    const value = Math.ceil((launchMs * launchMargin) / 1000) * 1000;
    propose("IO_TIMEOUT_MS", value, `a browser took ${launchMs} ms to launch`);
    propose("BROWSER_WAIT_MS", value, "a consumer should wait for a launch");
  }
  if (consumers && consumers.most < fewConsumers && (settings.MAX_BROWSERS ?? 0) > consumers.most) {
    const reason = `the queue ran ${consumers.most} of the consumers that ${settings.MAX_BROWSERS} browsers need`;
    propose("BROWSERS_PER_CONSUMER", 4, reason);
  }
  return suggestions;
}
