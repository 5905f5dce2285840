/**
 * How a page sees its reader: the screen, and with a country that country's language, time zone and place.
 */
import type { CDPSession } from "@cloudflare/puppeteer";
import { countryProfile } from "./country-profile.ts";

type Sending = Parameters<CDPSession["send"]>;
type Command = [method: Sending[0], params: Sending[1]];

export interface Emulation {
  /** What to send to a tab, once. */
  commands: Command[];
  /** What pages may do without asking, by the names of the DevTools protocol. */
  permissions: "geolocation"[];
}

/** A common laptop's screen, in CSS pixels: layouts made for large screens show the most. */
const screen = {
  width: 1366,
  height: 900,
  screenWidth: 1366,
  screenHeight: 900,
  deviceScaleFactor: 1,
  mobile: false,
};
/**
 * The page is drawn at a tenth of its size. It cannot tell, nobody looks, and drawing it in full costs more than two
 * fifths of the processor time that a page takes.
 */
const onScreen: Command[] = [["Emulation.setDeviceMetricsOverride", { ...screen, scale: 0.1 }]];
/** Without a country the browser's own, whatever the machine that it runs on is set to. */
const anyLanguages = ["en-US", "en"];

/** The look for pages read from `country`, ISO 3166-1 alpha-2, or null for no country in particular. */
export function emulationFor(country: string | null): Emulation {
  if (country === null) return { commands: [...onScreen, readingIn(anyLanguages)], permissions: [] };
  const { locale, languages, timeZone, geolocation } = countryProfile(country);
  return {
    commands: [
      ...onScreen,
      readingIn(languages),
      ["Emulation.setLocaleOverride", { locale }],
      ["Emulation.setTimezoneOverride", { timezoneId: timeZone }],
      ...(geolocation ? [["Emulation.setGeolocationOverride", geolocation] satisfies Command] : []),
    ],
    permissions: geolocation ? ["geolocation"] : [],
  };
}

/** The browser makes the header `Accept-Language` with its weights of the plain list. No user agent: its own. */
function readingIn(languages: readonly string[]): Command {
  return ["Emulation.setUserAgentOverride", { userAgent: "", acceptLanguage: languages.join(",") }];
}
