/**
 * What a page can tell about a reader in a country: language, time zone and location.
 *
 * Languages and time zones come from the Unicode CLDR data in `Intl`: the country's likely language ("likely subtags")
 * and the time zones of its region. The location is the country's largest city, and so is the choice among several time
 * zones (see country-places.ts).
 */
/// <reference lib="esnext.intl" />
import { places } from "./country-places.ts";

export interface CountryProfile {
  /** For numbers and dates: `de-CH`. */
  locale: string;
  /** For `navigator.languages`, best first: `["de-CH", "de", "en-US", "en"]`. */
  languages: string[];
  /** The same as the value of a header: `de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7`. */
  acceptLanguage: string;
  /** IANA name: `Europe/Zurich`. */
  timeZone: string;
  /** Degrees, and the accuracy in meters. Null for a code that is not a country's. */
  geolocation: { latitude: number; longitude: number; accuracy: number } | null;
}

/** The usual accuracy of a laptop located by the wireless networks around it, in meters. */
const ACCURACY_M = 100;

/**
 * The profile of a reader in `country`, ISO 3166-1 alpha-2 in any case.
 *
 * A code that is not a country's gets what CLDR considers the most likely: American English, in the United States.
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

/** Chrome's default list in that language: the locale, the language, then American English. */
function languagesOf(locale: string, language: string): string[] {
  const others = language === "en" ? ["en-US", "en"] : [language, "en-US", "en"];
  return [...new Set([locale, ...others])];
}

/** Each weight is a tenth less than the one before, as in Chrome. */
function acceptLanguageOf(languages: string[]): string {
  return languages.map((tag, n) => (n === 0 ? tag : `${tag};q=${(10 - n) / 10}`)).join(",");
}
