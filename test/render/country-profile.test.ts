import { borders, iso1A2Code } from "@rapideditor/country-coder";
import { describe, expect, it } from "vitest";
import { locations } from "../../src/browsers/locations.ts";
import { countryProfile } from "../../src/render/country-profile.ts";

const regions: { properties: { isoStatus?: string; iso1A2?: string } }[] = borders.features;
const countries = regions
  .filter(({ properties }) => properties.isoStatus === "official")
  .map(({ properties }) => properties.iso1A2 ?? "");

describe("countryProfile", () => {
  it("is tested for all 249 countries of ISO 3166-1, which include those that pages are rendered from", () => {
    expect(countries).toHaveLength(249);
    expect(countries).toEqual(expect.arrayContaining([...locations]));
  });

  it.each([
    ["US", "en-US", "en-US,en;q=0.9", "America/New_York"],
    ["GB", "en-GB", "en-GB,en-US;q=0.9,en;q=0.8", "Europe/London"],
    ["DE", "de-DE", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "Europe/Berlin"],
    ["CH", "de-CH", "de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7", "Europe/Zurich"],
    ["JP", "ja-JP", "ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", "Asia/Tokyo"],
    ["BR", "pt-BR", "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", "America/Sao_Paulo"],
    ["RU", "ru-RU", "ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "Europe/Moscow"],
    ["AU", "en-AU", "en-AU,en-US;q=0.9,en;q=0.8", "Australia/Sydney"],
    ["CA", "en-CA", "en-CA,en-US;q=0.9,en;q=0.8", "America/Toronto"],
    ["TW", "zh-TW", "zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "Asia/Taipei"],
    ["SA", "ar-SA", "ar-SA,ar;q=0.9,en-US;q=0.8,en;q=0.7", "Asia/Riyadh"],
  ])("of %s has the locale %s", (country, locale, acceptLanguage, timeZone) => {
    expect(countryProfile(country)).toMatchObject({ locale, acceptLanguage, timeZone });
  });

  it.each(countries)("of %s has a language, a time zone of the country and a location in it", (country) => {
    const { locale, languages, acceptLanguage, timeZone, geolocation } = countryProfile(country);
    expect(new Intl.Locale(locale).region).toBe(country);
    expect(languages[0]).toBe(locale);
    expect(new Set(languages).size).toBe(languages.length);
    expect(Intl.getCanonicalLocales(languages)).toEqual(languages);
    expect(acceptLanguage.split(",").map((part) => part.split(";")[0])).toEqual(languages);

    const zones = new Intl.Locale(`und-${country}`).getTimeZones() ?? [];
    expect(zones.length ? zones : ["UTC"]).toContain(timeZone);
    expect(() => new Intl.DateTimeFormat(locale, { timeZone }).format()).not.toThrow();

    const { longitude, latitude } = geolocation ?? { longitude: 0, latitude: 0 };
    expect(iso1A2Code([longitude, latitude], { level: "territory" })).toBe(country);
  });

  it("has a locale in the script that is usual in the country", () => {
    for (const country of countries) {
      const usual = new Intl.Locale(`und-${country}`).maximize();
      expect(new Intl.Locale(countryProfile(country).locale).maximize().script, country).toBe(usual.script);
    }
  });

  it("accepts lower case, replaced codes and codes that are not a country's", () => {
    expect(countryProfile("de")).toEqual(countryProfile("DE"));
    expect(countryProfile("UK")).toEqual(countryProfile("GB"));
    expect(countryProfile("ZZ")).toEqual(countryProfile("US"));
  });

  it.each(["", "D", "DEU", "D1", "d-", "ＤＥ"])("rejects %j", (country) => {
    expect(() => countryProfile(country)).toThrow(RangeError);
  });
});
