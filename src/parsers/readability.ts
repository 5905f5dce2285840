/** Finds the main content of a page with Mozilla's Readability. */
import { Readability } from "@mozilla/readability";
import JSDOMParser from "@mozilla/readability/JSDOMParser.js";
import { type AnyNode, type Element, isTag, isText } from "domhandler";
import { innerText } from "domutils";
import { hasMark, placementOf } from "../content/captured-html.ts";
import { headingTags } from "../content/extract/block-tags.ts";
import { formulaOf, writtenFormula } from "../content/extract/formulas.ts";
import { ParserFailed } from "./failure.ts";
import type { ParserPage } from "./parser-page.ts";

export interface ReadablePart {
  html: string;
  title: string | undefined;
  byline: string | undefined;
  excerpt: string | undefined;
  siteName: string | undefined;
}

/**
 * Readability takes time proportional to elements times depth at worst, and cannot be stopped. These limits bound it: 20,000
 * elements took from 0.1 to 2.5 s, the slowest being `<div>`s with a line of text each. Articles have some hundreds.
 */
const MAX_ELEMENTS = 20_000;
const MAX_DEPTH = 64;

/** The main content, or undefined if there is none. @throws ParserFailed if the page is too large */
export function readablePart(page: ParserPage): ReadablePart | undefined {
  const document = new JSDOMParser().parse(new XmlWriter(page).write(), page.baseUrl);
  const article = new Readability(document, { disableJSONLD: true, keepClasses: true }).parse();
  if (!article?.content || !article.textContent?.trim()) return undefined;
  const text = (value: string | null | undefined) => value?.replace(/\s+/g, " ").trim() || undefined;
  return {
    html: article.content,
    title: text(article.title),
    byline: text(article.byline),
    excerpt: text(article.excerpt),
    siteName: text(article.siteName),
  };
}

/** Elements of no use to readers, or that Readability's DOM cannot handle. */
const droppedTags = new Set(
  "script style noscript template link base svg object embed canvas iframe input select textarea dialog".split(
    " ",
  ),
);

const headings = [...headingTags].join(", ");

/** A page has one of each, and writing it adds them. Readability climbs up to them. */
const sectionTags = new Set(["html", "head", "body"]);

/** What an element is in. */
interface Within {
  heading: boolean;
  pre: boolean;
}
const nothing: Within = { heading: false, pre: false };

/** Writes the page as well-formed XML, which Readability's DOM can parse. */
class XmlWriter {
  readonly #page: ParserPage;
  /** Whether the browser marked what it shows. Otherwise attributes decide, as far as they can. */
  readonly #isMarked: boolean;
  readonly #parts: string[] = [];
  #elements = 0;

  constructor(page: ParserPage) {
    this.#page = page;
    this.#isMarked = page.document.children.some((child) => isTag(child) && hasMark(child, "rendered"));
  }

  write(): string {
    const page = this.#page;
    this.#parts.push("<html><head>");
    for (const element of page.all("title, meta")) this.#headElement(element);
    this.#parts.push("</head><body>");
    for (const child of (page.first("body") ?? page.document).children) this.#node(child, 1);
    this.#parts.push("</body></html>");
    return this.#parts.join("");
  }

  /**
   * Writes an element of the head with its text alone. The title of a drawing may have elements in it, and Readability fails
   * if it scores one of them: it climbs from there to the body, and the head is not in the body.
   */
  #headElement(element: Element): void {
    if (this.#isHidden(element)) return;
    this.#countElement();
    const text = innerText(element);
    this.#page.budget.spend(text.length / 16);
    this.#parts.push(`<${element.name}${attributes(element)}>${escaped(text)}</${element.name}>`);
  }

  #countElement(): void {
    this.#page.budget.spend(1);
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) {
      throw new ParserFailed(
        `The page has more than ${MAX_ELEMENTS} elements, too many to find an article in.`,
      );
    }
  }

  #node(node: AnyNode, depth: number, within: Within = nothing): void {
    if (isText(node)) this.#parts.push(escaped(node.data));
    else if (isTag(node) && !this.#isHidden(node)) this.#element(node, depth, within);
  }

  #element(element: Element, depth: number, within: Within): void {
    const { name, children } = element;
    const formula = formulaOf(element);
    if (formula) this.#parts.push(`<span class="math">${escaped(writtenFormula(formula))}</span>`);
    if (formula !== undefined || droppedTags.has(name)) return;
    // The headings of sections that can be opened are buttons, or in buttons. Other buttons are not part of an article.
    if (name === "button" && !within.heading && !this.#page.first(headings, element)) return;
    this.#countElement();
    const isKept =
      depth <= MAX_DEPTH && /^[a-z][\w-]*$/.test(name) && !sectionTags.has(name) && name !== "button";
    // Readability reads bylines and excerpts as if the items of a flex box touched.
    const gap = !within.pre && placementOf(element) === "apart" ? " " : "";
    if (isKept) this.#parts.push(gap, `<${name}${attributes(element)}>`);
    const inside = {
      heading: within.heading || headingTags.has(name),
      pre: within.pre || name === "pre",
    };
    for (const child of children) this.#node(child, depth + 1, inside);
    if (isKept) this.#parts.push(`</${name}>`, gap);
  }

  /** Text with `aria-hidden` is hidden from screen readers only. */
  #isHidden(element: Element): boolean {
    return hasMark(element, "hidden") || (!this.#isMarked && "hidden" in element.attribs);
  }
}

/** Attributes that Readability takes for hiding an element. The browser knows better. */
const hidingAttributes = new Set(["hidden", "aria-hidden"]);

function attributes({ attribs }: Element): string {
  return Object.entries(attribs)
    .filter(([name]) => /^[a-z][\w:-]*$/.test(name) && !name.startsWith("on") && !hidingAttributes.has(name))
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join("");
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
