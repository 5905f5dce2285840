/**
 * Writes src/render/country-places.ts: a place in each country, for pages that ask where their reader is.
 *
 *     node scripts/generate/country-places.ts
 *
 * The place is the country's most populous city, as `city-timezones` has it; where there is none within the borders
 * that `@rapideditor/country-coder` knows, it is the middle of them. Where `Intl` knows several time zones of the
 * country, the city's is kept too.
 */
/// <reference lib="esnext.intl" />
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { borders, iso1A2Code } from "@rapideditor/country-coder";
import { cityMapping } from "city-timezones";

type Point = [longitude: number, latitude: number];

interface Place {
  at: Point;
  timeZone?: string;
}

/** What is used of country-coder's GeoJSON. Regions made of others have no geometry. */
interface Region {
  properties: { id: string; iso1A2?: string; isoStatus?: string; members?: string[] };
  geometry: { coordinates: Point[][][] } | null;
}

const regions: Region[] = borders.features;

function isWithin(country: string, at: Point): boolean {
  return iso1A2Code(at, { level: "territory" }) === country;
}

function largestCity(country: string): Place | undefined {
  return cityMapping
    .filter(({ iso2 }) => iso2 === country)
    .sort((one, other) => other.pop - one.pop)
    .map(({ lng, lat, timezone }): Place => ({ at: rounded(lng, lat), timeZone: timezone }))
    .find(({ at }) => isWithin(country, at));
}

/** The middle of the box around one of the country's parts. */
function middle(country: string): Place | undefined {
  const region = regions.find(({ properties }) => properties.iso1A2 === country);
  const parts = regions.filter(({ properties: { id } }) => region?.properties.members?.includes(id));
  return [region, ...parts]
    .flatMap((part) => part?.geometry?.coordinates ?? [])
    .map(([outline = []]): Place => ({ at: rounded(between(outline, 0), between(outline, 1)) }))
    .find(({ at }) => isWithin(country, at));
}

function between(points: Point[], axis: 0 | 1): number {
  const values = points.map((point) => point[axis]);
  return (Math.min(...values) + Math.max(...values)) / 2;
}

/** To about a hundred metres. */
function rounded(longitude: number, latitude: number): Point {
  return [Math.round(longitude * 1000) / 1000, Math.round(latitude * 1000) / 1000];
}

function line(country: string, { at: [longitude, latitude], timeZone }: Place): string {
  const zones = new Intl.Locale(`und-${country}`).getTimeZones() ?? [];
  const zone = zones.find((candidate) => timeZone && canonical(candidate) === canonical(timeZone));
  const entry = [latitude, longitude, ...(zone && zones.length > 1 ? [zone] : [])];
  return `  ${country}: ${JSON.stringify(entry).replaceAll(",", ", ")},`;
}

/** The time zone under the name by which Intl knows it. */
function canonical(timeZone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
}

const lines = regions.flatMap(({ properties: { iso1A2: country, isoStatus } }) => {
  if (!country || isoStatus !== "official") return [];
  const place = largestCity(country) ?? middle(country);
  return place ? [line(country, place)] : [];
});

writeFileSync(
  join(import.meta.dirname, "../../src/render/country-places.ts"),
  `/**
 * A place in each country: latitude, longitude, and its time zone where the country has several.
 * Written by scripts/generate/country-places.ts, which says from what. Do not edit.
 */
export const places: Record<string, [latitude: number, longitude: number, timeZone?: string]> = {
${lines.sort().join("\n")}
};
`,
);
