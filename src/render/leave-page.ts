/** Cleans up after a page, so that the next one in its tab finds nothing of it. */
import { TimeLimitError } from "../io/time-limit.ts";
import type { PageVisit } from "./page-visit.ts";
import { PageWatch } from "./page-watch.ts";
import type { PageWindows } from "./page-windows.ts";
import type { TabSession } from "./tab-session.ts";

/**
 * What a page stores. Caches of compiled code are not cleared: that takes long, and they give nothing away. Nor is the
 * HTTP cache, which pages of one site should share.
 */
const storageTypes =
  "cookies,local_storage,indexeddb,cache_storage,service_workers,file_systems,storage_buckets,shared_storage,interest_groups";

/** @throws TimeLimitError; what the connection throws. The tab must be closed then */
export async function leavePage(visit: PageVisit, windows: PageWindows): Promise<void> {
  const { session } = visit;
  // The page's scripts have to end first. Until then, they can go on storing.
  if (!(await silence(visit, windows))) await goToBlankPage(session);
  await windows.closeAll(session.commandTimeout);
  // For all origins, since frames from elsewhere store data, too.
  await session.send("Storage.clearDataForOrigin", { origin: "*", storageTypes });
}

/**
 * Disables the page's scripts until the next document takes its place, and empties the page. Returns whether that ended
 * the page. It has not ended while answers are on their way, because the promises that wait for them go on.
 *
 * Going to a blank page would work for every page, but costs a fifth of the processor time that a page takes.
 */
async function silence(visit: PageVisit, windows: PageWindows): Promise<boolean> {
  const { session, activity, watch } = visit;
  if (!visit.hasSettled || visit.isComplex || windows.haveOpened) return false;
  const [, hasEnded] = await Promise.all([session.disableScripts(), activity.leave()]);
  return hasEnded === true && watch.network.isIdle;
}

/** @throws TimeLimitError if the page keeps going elsewhere */
async function goToBlankPage(session: TabSession): Promise<void> {
  const watch = new PageWatch(session);
  const endsAt = Date.now() + session.commandTimeout;
  try {
    for (let isThere = false; !isThere; ) {
      if (Date.now() >= endsAt) throw new TimeLimitError("The page could not be left");
      const { loaderId } = await session.send("Page.navigate", { url: "about:blank" });
      // A document that the page was about to go to may still take the blank page's place. It is refused then.
      const { lastRequested } = watch;
      const hasEnded = () => watch.loaderId === loaderId || watch.lastRequested !== lastRequested;
      await watch.until(hasEnded, endsAt - Date.now());
      isThere = watch.loaderId === loaderId;
    }
  } finally {
    watch.stop();
  }
  // Clears the window's name, which outlives the document. It is set twice because the browser is told only of changes.
  // Once the blank page has answered, the browser process, too, takes it for the tab's page.
  await session.send("Runtime.evaluate", { expression: "window.name = 'left'; window.name = ''" });
}
