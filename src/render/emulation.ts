/**
 * Device emulation: the screen that a page sees, and the language, time zone and location of its reader if it is to be
 * rendered for a country.
 */
import type { CDPSession } from "@cloudflare/puppeteer";
import { countryProfile } from "./country-profile.ts";

type Sending = Parameters<CDPSession["send"]>;
type Command = [method: Sending[0], params: Sending[1]];

export interface Emulation {
  /** DevTools commands to send to a tab once. */
  commands: Command[];
  /** What pages may do without asking, by DevTools' names. */
  permissions: "geolocation"[];
}

/** A common laptop's screen, in CSS pixels. Layouts for large screens show the most. */
const screen = {
  width: 1366,
  height: 900,
  screenWidth: 1366,
  screenHeight: 900,
  deviceScaleFactor: 1,
  mobile: false,
};
/**
 * Pages are painted at a tenth of their size. They cannot tell, nobody sees it, and painting at full size costs more than
 * two fifths of the processor time that a page takes.
 */
const screenCommands: Command[] = [["Emulation.setDeviceMetricsOverride", { ...screen, scale: 0.1 }]];
/** Without a country: Chromium's own default, whatever the machine that it runs on is set to. */
const defaultLanguages = ["en-US", "en"];

/** The emulation for a reader in `country`, ISO 3166-1 alpha-2, or null for no country in particular. */
export function emulationFor(country: string | null): Emulation {
  if (country === null)
    return { commands: [...screenCommands, languagesCommand(defaultLanguages)], permissions: [] };
  const { locale, languages, timeZone, geolocation } = countryProfile(country);
  return {
    commands: [
      ...screenCommands,
      languagesCommand(languages),
      ["Emulation.setLocaleOverride", { locale }],
      ["Emulation.setTimezoneOverride", { timezoneId: timeZone }],
      ...(geolocation ? [["Emulation.setGeolocationOverride", geolocation] satisfies Command] : []),
    ],
    permissions: geolocation ? ["geolocation"] : [],
  };
}

/** The browser makes the `Accept-Language` header of the list, with weights. An empty user agent keeps the browser's own. */
function languagesCommand(languages: readonly string[]): Command {
  return ["Emulation.setUserAgentOverride", { userAgent: "", acceptLanguage: languages.join(",") }];
}
