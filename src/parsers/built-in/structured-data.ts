import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { structuredData } from "../structured-data.ts";

/** Everything that a page says in JSON-LD, Microdata and RDFa. */
export function readStructuredData(page: ParserPage): Json | undefined {
  const { jsonLd, microdata, rdfa } = structuredData(page);
  if (jsonLd.length + microdata.length + rdfa.length === 0) return undefined;
  return { json_ld: jsonLd, microdata, rdfa };
}
