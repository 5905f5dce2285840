/** Reads RDFa Lite (w3.org/TR/rdfa-lite): things with `typeof`, and their properties. Prefixes are kept as written. */
import { type AnyNode, type Element, isTag } from "domhandler";
import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { MAX_DEPTH, shortName, type Thing, ThingDraft } from "./thing.ts";

/** The page's top-level things. */
export function rdfa(page: ParserPage): Thing[] {
  return page
    .all("[typeof]:not([property])")
    .map((element) => readThing(element, page, 0))
    .filter((thing) => Object.keys(thing).some((key) => !key.startsWith("@")));
}

function readThing(element: Element, page: ParserPage, depth: number): Thing {
  const draft = new ThingDraft(page);
  const { attribs } = element;
  for (const type of words(attribs.typeof)) draft.add("@type", shortName(type));
  draft.add("@id", (attribs.resource ?? attribs.about)?.trim());
  if (depth < MAX_DEPTH) collect(element.children, draft, page, depth + 1);
  return draft.done();
}

function collect(nodes: readonly AnyNode[], draft: ThingDraft, page: ParserPage, depth: number): void {
  for (const node of nodes) {
    page.budget.spend(1);
    if (!isTag(node)) continue;
    const names = words(node.attribs.property);
    const isThing = "typeof" in node.attribs;
    if (names.length > 0) {
      const value = isThing ? readThing(node, page, depth) : propertyValue(node, page);
      for (const name of names) draft.add(shortName(name), value);
    }
    if (!isThing) collect(node.children, draft, page, depth);
  }
}

function propertyValue(element: Element, page: ParserPage): Json | undefined {
  const { attribs } = element;
  if (attribs.content !== undefined) return attribs.content.trim();
  const address = attribs.href ?? attribs.src ?? attribs.resource;
  if (address !== undefined) return page.absoluteUrl(address);
  return attribs.datetime?.trim() ?? page.text(element);
}

function words(text: string | undefined): string[] {
  return text?.match(/\S+/g) ?? [];
}
