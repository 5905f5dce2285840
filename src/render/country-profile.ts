/**
 * What a reader in a country looks like to a page: language, time zone and place.
 *
 * Language and time zones come from the Unicode CLDR data that Intl carries: the country's likely language ("likely
 * subtags") and the time zones of its region. Which zone, where it has several, and the place come from the country's
 * largest city (see country-places.ts).
 */
/// <reference lib="esnext.intl" />
import { places } from "./country-places.ts";

export interface CountryProfile {
  /** For numbers and dates: `de-CH`. */
  locale: string;
  /** For `navigator.languages`, best first: `["de-CH", "de", "en-US", "en"]`. */
  languages: string[];
  /** The same as a header's value: `de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7`. */
  acceptLanguage: string;
  /** IANA name: `Europe/Zurich`. */
  timeZone: string;
  /** Degrees and metres. Null for a code that stands for no country. */
  geolocation: { latitude: number; longitude: number; accuracy: number } | null;
}

/** What a laptop's location by the wireless networks around it comes to, in metres. */
const ACCURACY_M = 100;

/**
 * The profile of a reader in `country`, ISO 3166-1 alpha-2 in any case.
 *
 * A code that stands for no country gets what CLDR thinks likeliest for it: an American.
 *
 * @throws RangeError if `country` is not two letters
 */
export function countryProfile(country: string): CountryProfile {
  if (!/^[a-z]{2}$/i.test(country)) {
    throw new RangeError(`A country is two letters (ISO 3166-1 alpha-2), not ${JSON.stringify(country)}.`);
  }
  const { language, region = "US" } = new Intl.Locale(`und-${country}`).maximize();
  const locale = `${language}-${region}`;
  const languages = languagesOf(locale, language);
  const [latitude, longitude, zone] = places[region] ?? [];
  return {
    locale,
    languages,
    acceptLanguage: acceptLanguageOf(languages),
    timeZone: zone ?? new Intl.Locale(locale).getTimeZones()?.[0] ?? "UTC",
    geolocation:
      latitude === undefined || longitude === undefined
        ? null
        : { latitude, longitude, accuracy: ACCURACY_M },
  };
}

/** As Chrome has it in that language: the locale, the language, and American English after any other. */
function languagesOf(locale: string, language: string): string[] {
  const others = language === "en" ? ["en-US", "en"] : [language, "en-US", "en"];
  return [...new Set([locale, ...others])];
}

/** Each language a tenth less than the one before, as Chrome writes it. */
function acceptLanguageOf(languages: string[]): string {
  return languages.map((tag, n) => (n === 0 ? tag : `${tag};q=${(10 - n) / 10}`)).join(",");
}
