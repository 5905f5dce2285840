import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { structuredData } from "../structured-data.ts";

/** All JSON-LD, Microdata and RDFa of a page. */
export function readStructuredData(page: ParserPage): Json | undefined {
  const { jsonLd, microdata, rdfa } = structuredData(page);
  if (jsonLd.length + microdata.length + rdfa.length === 0) return undefined;
  return { json_ld: jsonLd, microdata, rdfa };
}
