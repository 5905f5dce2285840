/** Opening and closing tabs of a leased browser. A browser that does neither is broken. */
import type { LeasedBrowser } from "../browsers/lease.ts";
import type { Renderer } from "../render/renderer.ts";
import type { Tab } from "../render/tab.ts";
import { log, messageOf } from "../text/log.ts";

/** @throws TimeLimitError; what the connection to the browser throws */
export async function openTab(leased: LeasedBrowser, renderer: Renderer): Promise<Tab> {
  try {
    return await renderer.openTab(leased.browser);
  } catch (thrown) {
    breakBrowser(leased, "tab.not_opened", thrown);
    throw thrown;
  }
}

/** Does not throw. */
export async function closeTab(leased: LeasedBrowser, tab: Tab): Promise<void> {
  try {
    await tab.close();
  } catch (thrown) {
    breakBrowser(leased, "tab.not_closed", thrown);
  }
}

function breakBrowser(leased: LeasedBrowser, event: string, thrown: unknown): void {
  if (!leased.isBroken) log("warn", event, { session: leased.session, error: messageOf(thrown) });
  leased.markBroken();
}
