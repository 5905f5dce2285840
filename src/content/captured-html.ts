/**
 * A page's HTML, from capture to storage and back.
 *
 * The page script serializes the page with its shadow roots, its frames, and hidden marks for what only the browser knows
 * (see captured-html/marks.ts). Only this module and the folder of the same name know the format. Others use:
 *
 * - `newCapture()`: the mark names for the page script, and a function that wraps its result
 * - `CapturedHtml`: the HTML as it came out of the tab
 * - `PageHtml`: the HTML as it is stored, the page's own, with the marks beside it
 * - `PageHtml.ownTree()`: its tree without marks, for what gives its HTML to clients
 * - `readableTree()`, `hasMark()`, `placementOf()` and `markedValue()`: the marked page, for extraction
 */
import { Buffer } from "node:buffer";
import type { Document, Element } from "domhandler";
import { flattenHtml, framesAsSrcdoc, needsFlattening } from "./captured-html/flatten.ts";
import {
  type MarkList,
  type MarkNames,
  namesWithToken,
  noMarks,
  type Placement,
  plainNames,
  putMarks,
  takeMarks,
  takePlacements,
} from "./captured-html/marks.ts";
import { fitsInTree, parseHtml, tagsIn } from "./html-tree.ts";

export { maxFrameDepth } from "./captured-html/flatten.ts";
export {
  hasMark,
  type MarkList,
  type MarkNames,
  markedValue,
  type Placement,
  placementOf,
} from "./captured-html/marks.ts";

export interface Capture {
  /** Names of the marks in this capture, for the page script. */
  markNames: MarkNames;
  /** Wraps the HTML that the page script returned. */
  captured(html: string): CapturedHtml;
}

/** Starts the capture of one page, with mark names that nobody can guess. */
export function newCapture(): Capture {
  const token = crypto.randomUUID().slice(0, 8);
  return { markNames: namesWithToken(token), captured: (html) => new CapturedHtml(html, token) };
}

/** HTML as the page script serialized it. */
export class CapturedHtml {
  #html: string;
  readonly #token: string;

  constructor(html: string, token: string) {
    this.#html = html;
    this.#token = token;
  }

  get bytes(): number {
    return Buffer.byteLength(this.#html);
  }

  /**
   * Flattens shadow roots and frames, and takes the marks out. The captured HTML is let go, since two copies of a large
   * page take too much memory: this is called once.
   *
   * Flattening needs the page's tree, so a page that does not fit in one is stored without. Its shadow roots stay
   * declarative (`<template shadowrootmode>`), which browsers show the same way, and its frames become `srcdoc` by text
   * replacement. Two things are lost: a frame that had a `srcdoc` keeps its original one, and relative URLs in frames resolve
   * against the page.
   */
  toPageHtml(): PageHtml {
    const flattened = this.#flattened();
    this.#html = "";
    const { html, marks } = takeMarks(flattened, this.#token);
    return new PageHtml(html, marks);
  }

  #flattened(): string {
    const html = this.#html;
    const names = namesWithToken(this.#token);
    if (!needsFlattening(html, names)) return html;
    const tags = tagsIn(html, html.includes(names.frame));
    return fitsInTree(html.length, tags) ? flattenHtml(html, names) : framesAsSrcdoc(html, names);
  }
}

/** The page's own HTML, and the marks taken out of it. */
export class PageHtml {
  readonly html: string;
  readonly marks: MarkList;
  /** Start and end tags, at most. */
  readonly tags: number;

  constructor(html: string, marks = noMarks, tags = tagsIn(html)) {
    this.html = html;
    this.marks = marks;
    this.tags = tags;
  }

  get fitsInTree(): boolean {
    return fitsInTree(this.html.length, this.tags);
  }

  /** The tree of the HTML, with marks for hasMark(). */
  markedTree(): Document {
    return parseHtml(putMarks(this.html, this.marks));
  }

  /** The tree of the HTML itself, and where the browser placed those of its elements that are not where their tags say. */
  ownTree(): { document: Document; placements: ReadonlyMap<Element, Placement> } {
    if (this.marks === noMarks) return { document: parseHtml(this.html), placements: new Map() };
    const suffix = `-${crypto.randomUUID().slice(0, 8)}`;
    const document = parseHtml(putMarks(this.html, this.marks, suffix));
    return { document, placements: takePlacements(document, suffix) };
  }
}

/**
 * The tree of a page or a frame for extraction, with marks, and with all shadow roots flattened.
 *
 * @param html a string is HTML that was not captured, or the `srcdoc` of a frame in a marked tree
 * @param options.showNoscript reads `<noscript>` and `<noframes>` as `<div>`
 */
export function readableTree(html: PageHtml | string, { showNoscript = false } = {}): Document {
  const marked = typeof html === "string" ? html : putMarks(html.html, html.marks);
  const flat = needsFlattening(marked, plainNames) ? flattenHtml(marked, plainNames) : marked;
  return parseHtml(showNoscript ? flat.replace(/<(\/?)no(?:script|frames)\b/gi, "<$1div") : flat);
}
