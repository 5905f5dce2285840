/** Finds the type of a text whose server states none, or one that is wrong for text. */
import type { DocumentAnswer } from "./document-answer.ts";

/** By the ends of file names. */
const typesByName: Record<string, string> = {
  css: "text/css",
  csv: "text/csv",
  geojson: "application/geo+json",
  ics: "text/calendar",
  js: "text/javascript",
  json: "application/json",
  jsonl: "application/jsonl",
  md: "text/markdown",
  ndjson: "application/x-ndjson",
  rss: "application/rss+xml",
  svg: "image/svg+xml",
  tsv: "text/tab-separated-values",
  vcf: "text/vcard",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
};

/** The type by the text's name, or else by the text, or else `sniffed`. */
export function typeOfText({ fileName }: DocumentAnswer, sniffed: string, body: Uint8Array): string {
  const [, ending = ""] = /\.(\w+)$/.exec(fileName) ?? [];
  const named = typesByName[ending.toLowerCase()];
  if (named) return named;
  // Tables are sent as this type so that a spreadsheet opens them.
  if (sniffed === "application/vnd.ms-excel") return hasTabs(body) ? "text/tab-separated-values" : "text/csv";
  return sniffed === "text/plain" && isJson(body) ? "application/json" : sniffed;
}

function hasTabs(body: Uint8Array): boolean {
  const end = body.indexOf(0x0a);
  return body.subarray(0, end < 0 ? undefined : end).includes(0x09);
}

/** Whether it is a JSON object or array. */
function isJson(body: Uint8Array): boolean {
  const start = /^[\s\ufeff]*[[{]/;
  if (!start.test(new TextDecoder().decode(body.subarray(0, 100)))) return false;
  try {
    JSON.parse(new TextDecoder().decode(body));
    return true;
  } catch {
    return false;
  }
}
