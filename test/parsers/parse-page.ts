/** Runs built-in parsers on HTML, and on pages of the test site as served, without running their scripts. */
import { inject } from "vitest";
import { PageHtml } from "../../src/content/captured-html.ts";
import { findBuiltInParser } from "../../src/parsers/built-in.ts";
import type { Json } from "../../src/parsers/json-value.ts";
import type { PageInput } from "../../src/parsers/parser-page.ts";
import { runParser } from "../../src/parsers/run-parser.ts";

const site = inject("site");

/** The output of a built-in parser for a page of the test site, with `SITE` for the site's origin. */
export async function parsePage(name: string, path: string): Promise<Json> {
  const url = `${site}${path}`;
  const answer = await fetch(url);
  return parseHtml(name, await answer.text(), url);
}

export function parseHtml(name: string, html: string, url = "https://page.example/dir/page"): Json {
  return runOn(name, { html: new PageHtml(html), url });
}

export function runOn(name: string, page: PageInput): Json {
  const parser = findBuiltInParser(`@trawl/${name}`);
  if (!parser) throw new Error(`There is no parser ${name}.`);
  return JSON.parse(runParser(parser, page).replaceAll(site, "SITE")) as Json;
}
