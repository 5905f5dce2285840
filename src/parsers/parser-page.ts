/** The page that a parser reads: its tree, and queries on it. */
import renderHtml from "dom-serializer";
import type { AnyNode, Document, Element } from "domhandler";
import { type PageHtml, placementOf } from "../content/captured-html.ts";
import { baseUrlOf } from "../content/extract/page-urls.ts";
import { amountTextOf } from "./amount-text.ts";
import { Budget } from "./budget.ts";
import { attributeOf, type TextReading, textOf } from "./element-text.ts";
import { ParserFailed } from "./failure.ts";
import { Regexes } from "./regex.ts";
import { Selectors } from "./selector.ts";

export interface PageInput {
  html: PageHtml;
  /** The page's final URL. */
  url: string;
}

/** Limits of the page. Its tree takes about 10 times the memory of its HTML, and a Worker has 128 MB. */
const MAX_CHARACTERS = 6 * 1024 * 1024;
const MAX_TAGS = 300_000;

export class ParserPage {
  readonly url: string;
  /** What relative URLs resolve against. */
  readonly baseUrl: string;
  readonly document: Document;
  readonly budget = new Budget();
  readonly regexes = new Regexes(this.budget);
  readonly #reading: TextReading;
  readonly #selectors = new Selectors(this.budget, (node) => textOf(node, this.#reading));
  #ids: Map<string, Element> | undefined;

  /**
   * @param options.isMarked keeps what the browser knew of the page's elements, as attributes. Built-in parsers skip hidden
   * elements. Custom parsers get no such attributes, since their output may contain HTML, which should be the page's own.
   * @throws ParserFailed if the page is too large
   */
  constructor({ html: pageHtml, url }: PageInput, { isMarked = false } = {}) {
    const { html, tags } = pageHtml;
    if (html.length > MAX_CHARACTERS) {
      throw new ParserFailed(
        `The page has ${html.length} characters of HTML; parsers read at most ${MAX_CHARACTERS}.`,
      );
    }
    if (tags > MAX_TAGS)
      throw new ParserFailed(`The page has ${tags} tags; parsers read at most ${MAX_TAGS}.`);
    this.url = url;
    if (isMarked) {
      this.document = pageHtml.markedTree();
      this.#reading = { budget: this.budget, placementOf: (element) => placementOf(element) };
    } else {
      const { document, placements } = pageHtml.ownTree();
      this.document = document;
      this.#reading = { budget: this.budget, placementOf: (element) => placements.get(element) };
    }
    this.baseUrl = baseUrlOf(this.document, url);
  }

  /** The page's stated language as a BCP 47 tag, or `en` if it states none that Intl understands. */
  get language(): string {
    const stated = this.first("html")?.attribs.lang?.trim() ?? "";
    try {
      return Intl.getCanonicalLocales(stated)[0] ?? "en";
    } catch {
      return "en";
    }
  }

  /** The elements below `within` that match a CSS selector, in document order. */
  all(selector: string, within: AnyNode = this.document): Element[] {
    return this.#selectors.all(selector, within);
  }

  /** The first element below `within` that matches a CSS selector. */
  first(selector: string, within: AnyNode = this.document): Element | undefined {
    return this.#selectors.first(selector, within);
  }

  matches(selector: string, element: Element): boolean {
    return this.#selectors.matches(selector, element);
  }

  /** The element's text on one line, or undefined if it has none. */
  text(element: AnyNode | undefined): string | undefined {
    return element ? textOf(element, this.#reading) || undefined : undefined;
  }

  /** The text of an element that shows a number or a price, or undefined if it has none. See amount-text.ts. */
  amountText(element: AnyNode | undefined): string | undefined {
    return element ? amountTextOf(element, this.#reading) || undefined : undefined;
  }

  /** The content of a script or style element. */
  rawText(element: Element): string {
    return element.children.map((child) => ("data" in child ? child.data : "")).join("");
  }

  /** The first element with this id. */
  byId(id: string): Element | undefined {
    this.#ids ??= elementsById(this.all("[id]"));
    return this.#ids.get(id);
  }

  /** The attribute without white space around it, or undefined if it is missing or empty. */
  attribute(element: Element | undefined, name: string): string | undefined {
    return (element && attributeOf(element, name)?.trim()) || undefined;
  }

  /** The node's HTML, including the node itself. */
  outerHtml(node: AnyNode): string {
    const html = renderHtml(node, { encodeEntities: "utf8" });
    this.budget.spend(html.length / 4);
    return html;
  }

  /** The absolute URL of a link or image, or undefined if it is invalid. */
  absoluteUrl(href: string | undefined): string | undefined {
    return href === undefined ? undefined : URL.parse(href.trim(), this.baseUrl)?.href;
  }
}

function elementsById(elements: Element[]): Map<string, Element> {
  const byId = new Map<string, Element>();
  for (const element of elements) {
    const { id = "" } = element.attribs;
    if (!byId.has(id)) byId.set(id, element);
  }
  return byId;
}
