import { type AnyNode, type Element, isTag } from "domhandler";
import { found, type Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";

/** Parts of the page whose links are not search results. */
const nonResults =
  "#tads, #tadsb, #bottomads, [data-text-ad], .related-question-pair, [data-initq], #rhs, .kp-wholepage, #botstuff, " +
  'g-scrolling-carousel, [role="navigation"], #searchform, #hdtb';

/** The spans in which Google puts the date at the beginning of a snippet. */
const snippetDates = ".LEwnzc > span:first-child, .r0bn4c, .MUxGbd.wuQ4Ob > span:first-child, .f > span.nobr";
const snippets = '.VwiC3b, [data-sncf="1"], [data-sncf="2"], .IsZvec, .s3v9rd, .st, .lEBKkf';

/** Google's results page, in the format of Serper's search API. */
export function readGoogleSearch(page: ParserPage): Json | undefined {
  const parameters = searchParameters(page);
  const results = page.first("#rso, #search") ?? page.first("#main");
  if (parameters.q === undefined || !results) return undefined;
  const organic = organicResults(results, page);
  const hasNone = page.first("#rso, #search") !== undefined || organic.length > 0;
  if (!hasNone) return undefined;
  return found({
    searchParameters: found(parameters),
    knowledgeGraph: knowledgeGraph(page),
    organic,
    peopleAlsoAsk: nonEmpty(questions(page)),
    relatedSearches: nonEmpty(relatedSearches(parameters.q, page)),
  });
}

function searchParameters(page: ParserPage) {
  const params = URL.parse(page.url)?.searchParams ?? new URLSearchParams();
  const box = page.first('textarea[name="q"], input[name="q"]');
  const param = (name: string) => params.get(name) || undefined;
  const start = Number(param("start") ?? 0);
  const typed = page.attribute(box, "value") ?? (box?.name === "textarea" ? page.text(box) : undefined);
  return {
    q: param("q") ?? typed,
    gl: param("gl"),
    hl: param("hl"),
    num: Number(param("num")) || undefined,
    page: start >= 10 ? Math.floor(start / 10) + 1 : undefined,
    type: "search",
    engine: "google",
  };
}

function organicResults(results: Element, page: ParserPage): Json[] {
  const organic: Json[] = [];
  const seen = new Set<string>();
  const excluded = new Set(page.all(nonResults));
  const headings = page.all("h3", results);
  const headingsIn = countWithin(headings, results, page);
  for (const heading of headings) {
    const anchor = ancestor(
      heading,
      results,
      ({ name, attribs }) => name === "a" && attribs.href !== undefined,
    );
    if (!anchor || ancestor(anchor, results, (element) => excluded.has(element))) continue;
    const link = targetOf(anchor, page);
    if (link === undefined || seen.has(link)) continue;
    seen.add(link);
    const container = resultAround(anchor, results, headingsIn);
    const snippet = snippetIn(container, anchor, page);
    page.budget.write(link.length + (snippet.text?.length ?? 0));
    organic.push(
      found({
        title: page.text(heading),
        link,
        snippet: snippet.text,
        date: snippet.date,
        sitelinks: nonEmpty(sitelinks(container, anchor, page)),
        position: organic.length + 1,
      }),
    );
  }
  return organic;
}

/** For each element inside `end`, how many of `elements` it contains. */
function countWithin(elements: Element[], end: Element, page: ParserPage): Map<Element, number> {
  const counts = new Map<Element, number>();
  for (const element of elements) {
    for (let node = element.parent; node && isTag(node) && node !== end; node = node.parent) {
      page.budget.spend(1);
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return counts;
}

/** The largest element around a result's link that contains no other result. */
function resultAround(anchor: Element, results: Element, headingsIn: Map<Element, number>): Element {
  let container = anchor;
  for (let around = container.parent; around && isTag(around) && around !== results; around = around.parent) {
    if ((headingsIn.get(around) ?? 0) > 1) break;
    container = around;
  }
  return container;
}

function snippetIn(container: Element, anchor: Element, page: ParserPage) {
  const element = page
    .all(snippets, container)
    .find((part) => !ancestor(part, container, (around) => around === anchor));
  const text = page.text(element);
  const date = element && page.text(page.first(snippetDates, element));
  if (!text || !date || !text.startsWith(date)) return { text, date: undefined };
  return { text: text.slice(date.length).replace(/^[\s·—–-]+/, ""), date };
}

function sitelinks(container: Element, anchor: Element, page: ParserPage): Json[] {
  return page
    .all("a.fl[href], table a[href], .usJj9c a[href], .oIk2Cb a[href]", container)
    .flatMap((site) => {
      const title = page.text(site);
      const link = targetOf(site, page);
      return site !== anchor && title && link ? [{ title, link }] : [];
    });
}

function questions(page: ParserPage): Json[] {
  return page.all(".related-question-pair, [jsname=yEVEwb]").flatMap((pair) => {
    const question =
      page.attribute(pair, "data-q") ?? page.text(page.first('[role="button"], .CSkcDe', pair));
    if (!question) return [];
    const heading = page.first("a[href] h3", pair);
    const anchor = heading && ancestor(heading, pair, ({ name }) => name === "a");
    return [
      found({
        question,
        snippet: page.text(page.first(".hgKElc, .ILfuVd, [data-attrid='wa:/description']", pair)),
        title: page.text(heading),
        link: anchor && targetOf(anchor, page),
      }),
    ];
  });
}

/** Links that search for other words. Links to further pages or other kinds of search have the same words. */
function relatedSearches(query: string, page: ParserPage): Json[] {
  const related = new Set<string>();
  const places = page.first("#botstuff") ? "#botstuff a[href]" : '#main a[href*="/search?"]';
  for (const link of page.all(places)) {
    const url = URL.parse(page.absoluteUrl(link.attribs.href) ?? "");
    const words = url?.pathname === "/search" ? url.searchParams.get("q")?.trim() : undefined;
    if (words && words.toLowerCase() !== query.toLowerCase()) related.add(words);
  }
  return Array.from(related, (words) => ({ query: words }));
}

function knowledgeGraph(page: ParserPage): Json | undefined {
  const panel = page.first(".kp-wholepage, .knowledge-panel, #rhs [data-attrid=title]");
  const around = panel?.attribs["data-attrid"] === "title" ? page.first("#rhs") : panel;
  const title = around && page.text(page.first('[data-attrid="title"]', around));
  if (!around || !title) return undefined;
  const description = page.first(".kno-rdesc", around);
  const source = description && page.first("a[href]", description);
  return found({
    title,
    type: page.text(page.first('[data-attrid="subtitle"]', around)),
    website: page.absoluteUrl(
      page.attribute(page.first('a[data-attrid="visit_official_site"], a.ab_button[href]', around), "href"),
    ),
    imageUrl: page.absoluteUrl(page.attribute(page.first("g-img img, .ivg-i img", around), "src")),
    description: description && page.text(page.first("span", description)),
    descriptionSource: page.text(source),
    descriptionLink: source && targetOf(source, page),
    attributes: attributesIn(around, page),
  });
}

/** Lines such as `Founded: 1998`. */
function attributesIn(panel: Element, page: ParserPage): { [key: string]: Json } | undefined {
  const attributes = page.all(".w8qArf", panel).flatMap((label): [string, Json][] => {
    const name = page.text(label)?.replace(/\s*:$/, "");
    const value = label.parent && page.text(page.first(".LrzXr, .kno-fv", label.parent));
    return name && value ? [[name, value]] : [];
  });
  return attributes.length > 0 ? Object.fromEntries(attributes) : undefined;
}

/** The target of a link. Without JavaScript, Google redirects through `/url?q=` to count clicks. */
function targetOf({ attribs }: Element, page: ParserPage): string | undefined {
  const url = URL.parse(page.absoluteUrl(attribs.href) ?? "");
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.pathname !== "/url") return url.href;
  const target = url.searchParams.get("q") ?? url.searchParams.get("url");
  return target && /^https?:/i.test(target) ? URL.parse(target)?.href : undefined;
}

/** The nearest element that `isWanted`: the element itself or one around it, up to and including `end`. */
function ancestor(
  element: Element,
  end: AnyNode,
  isWanted: (element: Element) => boolean,
): Element | undefined {
  for (let node: AnyNode | null = element; node && isTag(node); node = node.parent) {
    if (isWanted(node)) return node;
    if (node === end) return undefined;
  }
  return undefined;
}

function nonEmpty<T>(values: T[]): T[] | undefined {
  return values.length > 0 ? values : undefined;
}
