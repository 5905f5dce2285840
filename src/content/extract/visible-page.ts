/**
 * The page as its reader sees it: what is not shown is taken out of the tree, addresses are made full, pictures that come
 * late are put in, and white space is as it is laid out. Text and Markdown are both written from this tree.
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
import { hasMark, maxFrameDepth, type PageHtml, readableTree } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import { blockTags } from "./block-tags.ts";
import { isLineNumbers } from "./code-blocks.ts";
import { isKnownConsentBanner, isLikelyConsentBanner } from "./consent-banners.ts";
import { imageUrl, isTrackingPixel } from "./image-urls.ts";
import { AddressRoom, baseUrlOf, linkTarget } from "./page-urls.ts";
import { layOutSpaces } from "./white-space.ts";

export interface VisiblePage {
  root: Document;
  /** Elements that are laid out as blocks, or hold one that is. */
  blocks: ReadonlySet<ChildNode>;
}

/** What a reader sees of a page. `url` is the page's own URL. */
export function visiblePage(html: PageHtml | string, url: string): VisiblePage {
  let page = sifted(readableTree(html), url);
  // A page that shows nothing at all may have something to say to readers without JavaScript.
  if (page.isEmpty) page = sifted(readableTree(html, { showNoscript: true }), url);
  layOutSpaces(page);
  return page;
}

function sifted(root: Document, url: string): VisiblePage & { isEmpty: boolean } {
  const blocks = new Set<ChildNode>();
  const found = new Sieve(root, baseUrlOf(root, url), blocks, new AddressRoom(), 0).sift(root);
  return { root, blocks, isEmpty: !found.text && !found.picture };
}

/** What there is below a node. */
interface Found {
  text: boolean;
  picture: boolean;
  block: boolean;
  /** `main`, `article` or `h1`: what only the page's content has. */
  landmark: boolean;
  /** Something to press. */
  control: boolean;
}

const unseenTags = new Set(
  (
    "script style template head meta link base title param embed applet object datalist progress meter canvas track " +
    "source map noembed noframes rp col colgroup select textarea video audio " +
    // In drawings. Names are in lower case: so the parser has them.
    "desc defs symbol metadata clippath mask pattern lineargradient radialgradient " +
    // The source of a formula: see texOf.
    "annotation annotation-xml"
  ).split(" "),
);

/** Lines of their own here: a label in a drawing, and a frame. */
const ownLineTags = new Set(["text", "iframe"]);

const landmarkTags = new Set(["main", "article", "h1"]);
const controlTags = new Set(["a", "button", "input"]);
const headingTags = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);

/** Fonts whose letters spell the name of the icon that is seen. */
const iconFont = /(?:^|\s)material-(?:icons|symbols)(?:-\w+)?(?:\s|$)/;
/** The link to itself that a heading carries. */
const permalink = /^[#¶§🔗\s]*$/u;
const emoji = /^\p{RGI_Emoji}$/v;
const hiddenStyle = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))/i;

/** Takes out of one document what is not seen. */
class Sieve {
  private readonly baseUrl: string;
  private readonly blocks: Set<ChildNode>;
  private readonly room: AddressRoom;
  private readonly frameDepth: number;
  /** Whether the browser said what it shows. Else that is told by attributes, as far as it can be. */
  private readonly isMarked: boolean;

  constructor(
    document: Document,
    baseUrl: string,
    blocks: Set<ChildNode>,
    room: AddressRoom,
    frameDepth: number,
  ) {
    this.baseUrl = baseUrl;
    this.blocks = blocks;
    this.room = room;
    this.frameDepth = frameDepth;
    this.isMarked = document.children.some((child) => isTag(child) && hasMark(child, "rendered"));
  }

  /** Takes out what is not seen below `parent`. */
  sift(parent: ParentNode, isTextSeen = true): Found {
    const found: Found = { text: false, picture: false, block: false, landmark: false, control: false };
    const seen: ChildNode[] = [];
    let hasLateImage = false;
    for (const child of parent.children) {
      if (isText(child)) {
        if (!isTextSeen) continue;
        seen.push(child);
        found.text ||= /\S/.test(child.data);
      } else if (isTag(child)) {
        // A picture that was not loaded yet may stand in the <noscript> after it.
        const shown: Element | null | false =
          child.name === "noscript" ? hasLateImage && firstImage(child) : child;
        const taken: ChildNode[] = shown ? this.takeIn(shown, found) : [];
        for (const node of taken) seen.push(node);
        hasLateImage = child.name === "img" && taken.length === 0;
      }
    }
    setChildren(parent, seen);
    return found;
  }

  /** What is seen of an element: itself, what stands for it, or nothing. */
  private takeIn(element: Element, found: Found): ChildNode[] {
    const { name } = element;
    if (unseenTags.has(name) || this.isHidden(element) || isIcon(element) || isKnownConsentBanner(element))
      return [];
    if (name === "img") return this.takeInImage(element, found);
    if (name === "input") return takeInInput(element, found);
    if (name === "iframe") return this.takeInFrame(element, found);
    const formula = name === "math" ? texOf(element) : null;
    if (formula) {
      found.text = true;
      return [new Text(`$${formula}$`)];
    }
    const below = this.sift(element, !hasMark(element, "textHidden"));
    const isBanner = isLikelyConsentBanner(element) && below.control && !below.landmark;
    if (isBanner || isPermalink(element) || isLineNumbers(element)) return [];
    if (name === "a") this.resolveLink(element);
    if (blockTags.has(name) || ownLineTags.has(name) || hasMark(element, "block") || below.block) {
      below.block = true;
      this.blocks.add(element);
    }
    found.text ||= below.text;
    found.picture ||= below.picture;
    found.block ||= below.block;
    found.landmark ||= below.landmark || landmarkTags.has(name);
    found.control ||= below.control || controlTags.has(name);
    if (name !== "button") return [element];
    // Buttons stand apart, whatever stands between them. One within code copies it.
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

  private takeInImage(image: Element, found: Found): ChildNode[] {
    if (isTrackingPixel(image)) return [];
    const alt = image.attribs.alt?.trim();
    // An ornament.
    if (alt === "") return [];
    if (alt && emoji.test(alt)) return [new Text(alt)];
    const url = this.room.take(imageUrl(image, this.baseUrl));
    if (!url) return [];
    image.attribs.src = url;
    found.picture = true;
    return [image];
  }

  /** What a frame shows, in its place. */
  private takeInFrame(frame: Element, found: Found): ChildNode[] {
    const { srcdoc } = frame.attribs;
    if (srcdoc === undefined || this.frameDepth >= maxFrameDepth) return [];
    const root = readableTree(srcdoc);
    const baseUrl = baseUrlOf(root, this.baseUrl);
    const below = new Sieve(root, baseUrl, this.blocks, this.room, this.frameDepth + 1).sift(root);
    if (!below.text && !below.picture) return [];
    setChildren(frame, root.children);
    this.blocks.add(frame);
    found.block = true;
    found.text ||= below.text;
    found.picture ||= below.picture;
    return [frame];
  }

  private resolveLink(link: Element): void {
    const { href } = link.attribs;
    const target = href === undefined ? null : this.room.take(linkTarget(href, this.baseUrl));
    if (target) link.attribs.href = target;
    else delete link.attribs.href;
  }
}

/** Of what can be filled in, only what is to be pressed or is ticked shows something of the page's own. */
function takeInInput(input: Element, found: Found): ChildNode[] {
  found.control = true;
  const { type = "text", value = "" } = input.attribs;
  if (/^checkbox$/i.test(type)) return [input];
  if (!/^(?:submit|button|reset)$/i.test(type) || !value.trim()) return [];
  found.text = true;
  return [new Text(` ${value} `)];
}

function isWithinPre(element: Element): boolean {
  for (let around = element.parent, i = 0; around && isTag(around) && i < 5; around = around.parent, i++) {
    if (around.name === "pre") return true;
  }
  return false;
}

/** Names of icons, and the second form of a formula that KaTeX writes for the eye. */
function isIcon({ attribs }: Element): boolean {
  const { class: names } = attribs;
  return names !== undefined && (iconFont.test(names) || names === "katex-html");
}

/** A formula in TeX, if it comes with that. */
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

/** Whether it is a heading's link to itself: called when what it holds has been sifted. */
function isPermalink({ name, attribs, parent, children }: Element): boolean {
  if (name !== "a" || !attribs.href?.includes("#") || !parent || !isTag(parent)) return false;
  if (!headingTags.has(parent.name)) return false;
  return children.every((child) => isText(child) && permalink.test(child.data));
}

function firstImage(parent: ParentNode): Element | null {
  for (const child of parent.children) {
    if (!isTag(child)) continue;
    const image = child.name === "img" ? child : firstImage(child);
    if (image) return image;
  }
  return null;
}
