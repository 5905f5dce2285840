/**
 * Reduces a page to what its reader sees: removes what is not shown, makes URLs absolute, fills in lazy-loaded images, and
 * collapses white space. Text and Markdown are both written from the resulting tree.
 */
import {
  type ChildNode,
  type Document,
  type Element,
  isTag,
  isText,
  type ParentNode,
  Text,
} from "domhandler";
import { findOne } from "domutils";
import { hasMark, maxFrameDepth, type PageHtml, readableTree } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import { blockTags } from "./block-tags.ts";
import { isLineNumbers } from "./code-blocks.ts";
import { isKnownConsentBanner, isLikelyConsentBanner } from "./consent-banners.ts";
import { imageUrl, isTrackingPixel } from "./image-urls.ts";
import { baseUrlOf, linkTarget, UrlBudget } from "./page-urls.ts";
import { collapseWhiteSpace } from "./white-space.ts";

export interface VisiblePage {
  root: Document;
  /** Elements that are laid out as blocks, or contain one. */
  blocks: ReadonlySet<ChildNode>;
}

/** What a reader sees of a page. `url` is the page's own URL. */
export function visiblePage(html: PageHtml | string, url: string): VisiblePage {
  let page = filteredPage(readableTree(html), url);
  // A page that shows nothing may have content for readers without JavaScript or frames.
  if (page.isEmpty) page = filteredPage(readableTree(html, { showNoscript: true }), url);
  collapseWhiteSpace(page);
  return page;
}

function filteredPage(root: Document, url: string): VisiblePage & { isEmpty: boolean } {
  const blocks = new Set<ChildNode>();
  const found = new VisibilityFilter(root, baseUrlOf(root, url), blocks, new UrlBudget(), 0).filter(root);
  return { root, blocks, isEmpty: !found.text && !found.image };
}

/** What is visible below a node. */
interface Visible {
  text: boolean;
  image: boolean;
  block: boolean;
  /** `main`, `article` or `h1`, which only the page's main content has. */
  landmark: boolean;
  /** A link, button or input. */
  control: boolean;
}

const invisibleTags = new Set(
  (
    "script style template head meta link base title param embed datalist progress meter canvas track " +
    "source map noembed noframes rp col colgroup select textarea video audio " +
    // In drawings. The parser lowercases their names.
    "desc defs symbol metadata clippath mask pattern lineargradient radialgradient " +
    // The source of a formula: see texOf.
    "annotation annotation-xml"
  ).split(" "),
);

/** Elements that get a line of their own: a label in a drawing, and a frame. */
const ownLineTags = new Set(["text", "iframe"]);

const landmarkTags = new Set(["main", "article", "h1"]);
const controlTags = new Set(["a", "button", "input"]);
const headingTags = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);

/** Fonts that show an icon in place of its name, which is the text. */
const iconFont = /(?:^|\s)material-(?:icons|symbols)(?:-\w+)?(?:\s|$)/;
/** The text of a heading's link to itself. */
const permalink = /^[#¶§🔗\s]*$/u;
const emoji = /^\p{RGI_Emoji}$/v;
const hiddenStyle = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))/i;

/** Removes what is not visible from one document. */
class VisibilityFilter {
  private readonly baseUrl: string;
  private readonly blocks: Set<ChildNode>;
  private readonly urlBudget: UrlBudget;
  private readonly frameDepth: number;
  /** Whether the browser marked what it shows. Otherwise attributes decide, as far as they can. */
  private readonly isMarked: boolean;

  constructor(
    document: Document,
    baseUrl: string,
    blocks: Set<ChildNode>,
    urlBudget: UrlBudget,
    frameDepth: number,
  ) {
    this.baseUrl = baseUrl;
    this.blocks = blocks;
    this.urlBudget = urlBudget;
    this.frameDepth = frameDepth;
    this.isMarked = document.children.some((child) => isTag(child) && hasMark(child, "rendered"));
  }

  /** Removes what is not visible below `parent`. */
  filter(parent: ParentNode, isTextVisible = true): Visible {
    const found: Visible = { text: false, image: false, block: false, landmark: false, control: false };
    const visible: ChildNode[] = [];
    let isAfterEmptyImage = false;
    for (const child of parent.children) {
      if (isText(child)) {
        if (!isTextVisible) continue;
        visible.push(child);
        found.text ||= /\S/.test(child.data);
      } else if (isTag(child)) {
        // If an image has not loaded, the <noscript> after it may have the real one.
        const candidate: Element | null | false =
          child.name === "noscript" ? isAfterEmptyImage && findOne(isImage, child.children) : child;
        const kept: ChildNode[] = candidate ? this.visibleNodes(candidate, found) : [];
        for (const node of kept) visible.push(node);
        isAfterEmptyImage = child.name === "img" && kept.length === 0;
      }
    }
    setChildren(parent, visible);
    return found;
  }

  /** What is visible of an element: itself, its replacement, or nothing. */
  private visibleNodes(element: Element, found: Visible): ChildNode[] {
    const { name } = element;
    if (invisibleTags.has(name) || this.isHidden(element) || isIcon(element) || isKnownConsentBanner(element))
      return [];
    if (name === "img") return this.visibleImage(element, found);
    if (name === "input") return visibleInput(element, found);
    if (name === "iframe") return this.visibleFrame(element, found);
    const formula = name === "math" ? texOf(element) : null;
    if (formula) {
      found.text = true;
      return [new Text(`$${formula}$`)];
    }
    const below = this.filter(element, !hasMark(element, "textHidden"));
    const isBanner = isLikelyConsentBanner(element) && below.control && !below.landmark;
    if (isBanner || isPermalink(element) || isLineNumbers(element)) return [];
    if (name === "a") this.resolveLink(element);
    if (blockTags.has(name) || ownLineTags.has(name) || hasMark(element, "block") || below.block) {
      below.block = true;
      this.blocks.add(element);
    }
    found.text ||= below.text;
    found.image ||= below.image;
    found.block ||= below.block;
    found.landmark ||= below.landmark || landmarkTags.has(name);
    found.control ||= below.control || controlTags.has(name);
    if (name !== "button") return [element];
    // Buttons get space around them. A button within code copies it.
    return isWithinPre(element) ? [] : [new Text(" "), element, new Text(" ")];
  }

  private isHidden(element: Element): boolean {
    const { name, attribs } = element;
    if (this.isMarked) {
      if (hasMark(element, "hidden")) return true;
      return hasMark(element, "textHidden") && (name === "img" || name === "input" || name === "iframe");
    }
    if ("hidden" in attribs || "popover" in attribs || hasMark(element, "hidden")) return true;
    return (name === "dialog" && !("open" in attribs)) || hiddenStyle.test(attribs.style ?? "");
  }

  private visibleImage(image: Element, found: Visible): ChildNode[] {
    if (isTrackingPixel(image)) return [];
    const alt = image.attribs.alt?.trim();
    // An empty alt text means that the image is decoration.
    if (alt === "") return [];
    if (alt && emoji.test(alt)) return [new Text(alt)];
    const url = this.urlBudget.spend(imageUrl(image, this.baseUrl));
    if (!url) return [];
    image.attribs.src = url;
    found.image = true;
    return [image];
  }

  /** A frame, with what it shows as its children. */
  private visibleFrame(frame: Element, found: Visible): ChildNode[] {
    const { srcdoc } = frame.attribs;
    if (srcdoc === undefined || this.frameDepth >= maxFrameDepth) return [];
    const root = readableTree(srcdoc);
    const baseUrl = baseUrlOf(root, this.baseUrl);
    const below = new VisibilityFilter(
      root,
      baseUrl,
      this.blocks,
      this.urlBudget,
      this.frameDepth + 1,
    ).filter(root);
    if (!below.text && !below.image) return [];
    setChildren(frame, root.children);
    this.blocks.add(frame);
    found.block = true;
    found.text ||= below.text;
    found.image ||= below.image;
    return [frame];
  }

  private resolveLink(link: Element): void {
    const { href } = link.attribs;
    const target = href === undefined ? null : this.urlBudget.spend(linkTarget(href, this.baseUrl));
    if (target) link.attribs.href = target;
    else delete link.attribs.href;
  }
}

/** Of inputs, only buttons and checkboxes show content of the page. */
function visibleInput(input: Element, found: Visible): ChildNode[] {
  found.control = true;
  const { type = "text", value = "" } = input.attribs;
  if (/^checkbox$/i.test(type)) return [input];
  if (!/^(?:submit|button|reset)$/i.test(type) || !value.trim()) return [];
  found.text = true;
  return [new Text(` ${value} `)];
}

function isImage({ name }: Element): boolean {
  return name === "img";
}

function isWithinPre(element: Element): boolean {
  for (let around = element.parent, i = 0; around && isTag(around) && i < 5; around = around.parent, i++) {
    if (around.name === "pre") return true;
  }
  return false;
}

/** Whether it shows an icon, or is the visual copy that KaTeX writes of a formula. */
function isIcon({ attribs }: Element): boolean {
  const { class: names } = attribs;
  return names !== undefined && (iconFont.test(names) || names === "katex-html");
}

/** The TeX source of a formula, if the page includes it. */
function texOf(math: Element): string | null {
  for (const child of math.children.filter(isTag)) {
    if (child.name === "annotation" && child.attribs.encoding === "application/x-tex") {
      const [source] = child.children;
      return source && isText(source) ? source.data.trim().slice(0, 10_000) : null;
    }
    if (child.name === "semantics") return texOf(child);
  }
  return null;
}

/** Whether it is a heading's link to itself. Its children must have been filtered before. */
function isPermalink({ name, attribs, parent, children }: Element): boolean {
  if (name !== "a" || !attribs.href?.includes("#") || !parent || !isTag(parent)) return false;
  if (!headingTags.has(parent.name)) return false;
  return children.every((child) => isText(child) && permalink.test(child.data));
}
