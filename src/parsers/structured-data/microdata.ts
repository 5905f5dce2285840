/** Reads Microdata, as in the HTML Standard, section 5 (html.spec.whatwg.org/multipage/microdata.html). */
import { type AnyNode, type Element, isTag } from "domhandler";
import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { MAX_DEPTH, shortName, type Thing, ThingDraft } from "./thing.ts";

/** The page's top-level items. */
export function microdata(page: ParserPage): Thing[] {
  return page
    .all("[itemscope]:not([itemprop])")
    .map((element) => readItem(element, page, []))
    .filter((item) => Object.keys(item).some((key) => !key.startsWith("@")));
}

/** @param around the items that contain this one: `itemref` can form a cycle */
function readItem(element: Element, page: ParserPage, around: readonly Element[]): Thing {
  const draft = new ThingDraft(page);
  for (const type of words(element.attribs.itemtype)) draft.add("@type", shortName(type));
  draft.add("@id", page.attribute(element, "itemid"));
  if (around.length >= MAX_DEPTH) return draft.done();
  const within = [...around, element];
  for (const id of words(element.attribs.itemref)) {
    const referred = page.byId(id);
    if (referred) collect([referred], draft, page, within);
  }
  collect(element.children, draft, page, within);
  return draft.done();
}

function collect(
  nodes: readonly AnyNode[],
  draft: ThingDraft,
  page: ParserPage,
  within: readonly Element[],
): void {
  for (const node of nodes) {
    page.budget.spend(1);
    if (!isTag(node)) continue;
    const isItem = "itemscope" in node.attribs;
    const names = words(node.attribs.itemprop);
    if (names.length > 0 && !(isItem && within.includes(node))) {
      const value = isItem ? readItem(node, page, within) : propertyValue(node, page);
      for (const name of names) draft.add(shortName(name), value);
    }
    if (!isItem) collect(node.children, draft, page, within);
  }
}

const urlAttributes = new Map([
  ...["a", "area", "link"].map((name) => [name, "href"] as const),
  ...["audio", "embed", "iframe", "img", "source", "track", "video"].map((name) => [name, "src"] as const),
  ["object", "data"],
]);

/**
 * In the HTML Standard only `meta` has `content`. Search engines read it from any element, so pages use it anywhere.
 */
function propertyValue(element: Element, page: ParserPage): Json | undefined {
  const { name, attribs } = element;
  if (attribs.content !== undefined) return attribs.content.trim();
  const attribute = urlAttributes.get(name);
  if (attribute) return page.absoluteUrl(attribs[attribute]);
  if (name === "data" || name === "meter") return attribs.value?.trim();
  if (name === "time") return attribs.datetime?.trim() ?? page.text(element);
  return page.text(element);
}

function words(text: string | undefined): string[] {
  return text?.match(/\S+/g) ?? [];
}
