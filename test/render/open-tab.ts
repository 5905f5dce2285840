import type { Browser } from "@cloudflare/puppeteer";
import { emulationFor } from "../../src/render/emulation.ts";
import { Tab } from "../../src/render/tab.ts";

/** A tab for no country in particular, in which every address is allowed. */
export function openTab(browser: Browser, commandTimeout: number): Promise<Tab> {
  return Tab.open(browser, {
    emulation: emulationFor(null),
    suspectUrls: [],
    isAllowed: () => true,
    commandTimeout,
  });
}
