/** Removes what a reader does not see from the tree of a page, and replaces what is shown as something else. */
import { type ChildNode, type Document, Element, isTag, isText, type ParentNode, Text } from "domhandler";
import { hasMark, maxFrameDepth, readableTree } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import { blockTags, headingTags } from "./block-tags.ts";
import { codeTags, isCopyButton, isLineNumbers } from "./code-blocks.ts";
import { type ConsentBanners, isOverlay } from "./consent-banners.ts";
import { fieldTags, shownField } from "./form-fields.ts";
import { type Formula, formulaOf, writtenFormula } from "./formulas.ts";
import { imageUrl, isDecoration, isTrackingPixel, noscriptImage } from "./image-urls.ts";
import { baseUrlOf, linkTarget, type UrlBudget } from "./page-urls.ts";

/** What the filters of a page and of its frames share. */
interface PageState {
  /** Receives the elements that are laid out as blocks, or contain one. */
  blocks: Set<ChildNode>;
  /** Receives what may be a consent banner. */
  banners: ConsentBanners;
  urlBudget: UrlBudget;
  /** URLs of the images found so far. */
  images: Set<string>;
}

/** What is visible below a node. */
export interface Visible {
  /** Characters of text, without the space around each one. */
  characters: number;
  /** Those of them that are laid over the page. */
  overlaid: number;
  image: boolean;
  block: boolean;
  /** Paragraphs, headings, lists and the like, which no code has. */
  prose: boolean;
  /** `main`, `article` or `h1`, which only the page's main content has. */
  landmark: boolean;
  /** A link, button or input. */
  control: boolean;
}

/** What the elements around a node mean for it. */
interface Around {
  isTextVisible: boolean;
  isOverlaid: boolean;
  /** In a link or a figure, where every image matters. */
  isPictured: boolean;
  isHeading: boolean;
  isPre: boolean;
}

const nowhere: Around = {
  isTextVisible: true,
  isOverlaid: false,
  isPictured: false,
  isHeading: false,
  isPre: false,
};

const invisibleTags = new Set(
  (
    "script style template head meta link base title param embed datalist progress meter canvas track " +
    "source map noembed noframes rp col colgroup video audio " +
    // In drawings. The parser lowercases their names.
    "desc defs symbol metadata clippath mask pattern lineargradient radialgradient " +
    // The source of a formula: see formulas.ts.
    "annotation annotation-xml"
  ).split(" "),
);

/** Elements that get a line of their own: a label in a drawing, a frame, and a text area. */
const ownLineTags = new Set(["text", "iframe", "textarea"]);

const landmarkTags = new Set(["main", "article", "h1"]);
const proseTags = new Set([
  ...headingTags,
  "p",
  "ul",
  "ol",
  "dl",
  "table",
  "section",
  "article",
  "nav",
  "pre",
  "form",
]);

/** Fonts that show an icon in place of its name, which is the text. */
const iconFont = /(?:^|\s)material-(?:icons|symbols)(?:-\w+)?(?:\s|$)/;
/** The text of a heading's link to itself, and names of what only screen readers read of it. */
const permalink = /^[#¶§🔗\s]*$/u;
const forScreenReaders = /(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-(?:text|only))(?:\s|$)/i;
const emoji = /^\p{RGI_Emoji}$/v;
const hiddenStyle = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))/i;

/** Filters one document. */
export class VisibilityFilter {
  private readonly baseUrl: string;
  private readonly page: PageState;
  private readonly frameDepth: number;
  /** Whether the browser marked what it shows. Otherwise attributes decide, as far as they can. */
  private readonly isMarked: boolean;

  constructor(document: Document, baseUrl: string, page: PageState, frameDepth: number) {
    this.baseUrl = baseUrl;
    this.page = page;
    this.frameDepth = frameDepth;
    this.isMarked = document.children.some((child) => isTag(child) && hasMark(child, "rendered"));
  }

  /** Removes what is not visible below `parent`. */
  filter(parent: ParentNode, around = nowhere): Visible {
    const found: Visible = {
      characters: 0,
      overlaid: 0,
      image: false,
      block: false,
      prose: false,
      landmark: false,
      control: false,
    };
    const visible: ChildNode[] = [];
    for (const child of parent.children) {
      if (isText(child)) {
        if (!around.isTextVisible) continue;
        visible.push(child);
        found.characters += child.data.trim().length;
      } else if (isTag(child)) {
        for (const node of this.visibleNodes(child, around, found)) visible.push(node);
      }
    }
    setChildren(parent, visible);
    if (around.isOverlaid) found.overlaid = found.characters;
    return found;
  }

  /** What is visible of an element: itself, its replacement, or nothing. */
  private visibleNodes(element: Element, around: Around, found: Visible): ChildNode[] {
    const { name } = element;
    if (this.isHidden(element)) return [];
    const formula = formulaOf(element);
    if (formula !== undefined) return formula ? this.visibleFormula(formula, found) : [];
    if (invisibleTags.has(name) || isIcon(element)) return [];
    if (name === "img") return this.visibleImage(element, around, found);
    if (name === "noscript") return this.visibleNoscript(element, around, found);
    if (name === "iframe") return this.visibleFrame(element, around, found);
    if (fieldTags.has(name)) return this.visibleField(element, around, found);
    const below = this.filterWithin(element, around);
    if (isPermalink(element, around) || isLineNumbers(element) || isCopyButton(element, around.isPre))
      return [];
    if (name === "a") this.resolveLink(element);
    // A tag that was never closed: code has no paragraphs.
    if (codeTags.has(name) && below.prose && !around.isPre) element.name = "span";
    if (this.isBlock(element, below)) {
      below.block = true;
      this.page.blocks.add(element);
    }
    add(found, below);
    found.prose ||= proseTags.has(name);
    found.landmark ||= landmarkTags.has(name);
    found.control ||= name === "a" || name === "button";
    // Buttons get space around them.
    return name === "button" && !around.isPre ? [new Text(" "), element, new Text(" ")] : [element];
  }

  private filterWithin(element: Element, around: Around): Visible {
    const { name, attribs } = element;
    const within: Around = {
      isTextVisible: !hasMark(element, "textHidden"),
      isOverlaid: around.isOverlaid || isOverlay(element),
      isPictured: around.isPictured || name === "figure" || (name === "a" && attribs.href !== undefined),
      isHeading: around.isHeading || headingTags.has(name),
      isPre: around.isPre || name === "pre",
    };
    const { banners } = this.page;
    const before = banners.count;
    const below = this.filter(element, within);
    banners.consider(element, within.isOverlaid, below, before);
    return below;
  }

  private isBlock(element: Element, below: Visible): boolean {
    const { name } = element;
    if (below.block || ownLineTags.has(name) || hasMark(element, "block")) return true;
    return blockTags.has(name) && !hasMark(element, "inline");
  }

  private isHidden(element: Element): boolean {
    const { name, attribs } = element;
    if (this.isMarked) {
      if (hasMark(element, "hidden")) return true;
      return hasMark(element, "textHidden") && (name === "img" || name === "iframe" || fieldTags.has(name));
    }
    if ("hidden" in attribs || "popover" in attribs || hasMark(element, "hidden")) return true;
    return (name === "dialog" && !("open" in attribs)) || hiddenStyle.test(attribs.style ?? "");
  }

  /** A formula becomes a `math` element with its TeX. */
  private visibleFormula(formula: Formula, found: Visible): ChildNode[] {
    const written = writtenFormula(formula);
    const element = new Element("math", {}, [new Text(written)]);
    found.characters += written.length;
    if (formula.isDisplay) {
      found.block = true;
      this.page.blocks.add(element);
    }
    return [element];
  }

  private visibleField(field: Element, around: Around, found: Visible): ChildNode[] {
    found.control = true;
    if (!around.isTextVisible) return [];
    const shown = shownField(field, this.isMarked);
    for (const node of shown) {
      if (isText(node)) found.characters += node.data.trim().length;
      if (!isTag(node) || node.name !== "textarea") continue;
      found.characters += 1;
      found.block = true;
      this.page.blocks.add(node);
    }
    return shown;
  }

  private visibleImage(image: Element, around: Around, found: Visible): ChildNode[] {
    if (isTrackingPixel(image)) return [];
    const alt = image.attribs.alt?.trim();
    if (alt && emoji.test(alt)) return [new Text(alt)];
    if (!around.isPictured && isDecoration(image)) return [];
    const url = this.page.urlBudget.spend(imageUrl(image, this.baseUrl));
    if (!url) return [];
    image.attribs.src = url;
    found.image = true;
    this.page.images.add(url);
    return [image];
  }

  /** Browsers that run scripts do not show `<noscript>`, but it may have the image that a script has yet to load. */
  private visibleNoscript(noscript: Element, around: Around, found: Visible): ChildNode[] {
    const image = noscriptImage(noscript, this.baseUrl, around.isPictured);
    if (!image || hiddenStyle.test(image.attribs.style ?? "")) return [];
    if (this.page.images.has(imageUrl(image, this.baseUrl) ?? "")) return [];
    return this.visibleImage(image, { ...around, isPictured: true }, found);
  }

  /** A frame, with what it shows as its children. */
  private visibleFrame(frame: Element, around: Around, found: Visible): ChildNode[] {
    const { srcdoc } = frame.attribs;
    if (srcdoc === undefined || this.frameDepth >= maxFrameDepth) return [];
    const root = readableTree(srcdoc);
    const baseUrl = baseUrlOf(root, this.baseUrl);
    const below = new VisibilityFilter(root, baseUrl, this.page, this.frameDepth + 1).filter(root, {
      ...nowhere,
      isOverlaid: around.isOverlaid,
    });
    if (below.characters === 0 && !below.image) return [];
    setChildren(frame, root.children);
    this.page.blocks.add(frame);
    add(found, { ...below, block: true });
    return [frame];
  }

  private resolveLink(link: Element): void {
    const { href } = link.attribs;
    const target = href === undefined ? null : this.page.urlBudget.spend(linkTarget(href, this.baseUrl));
    if (target) link.attribs.href = target;
    else delete link.attribs.href;
  }
}

function add(sum: Visible, below: Visible): void {
  sum.characters += below.characters;
  sum.overlaid += below.overlaid;
  sum.image ||= below.image;
  sum.block ||= below.block;
  sum.prose ||= below.prose;
  sum.landmark ||= below.landmark;
  sum.control ||= below.control;
}

function isIcon({ attribs }: Element): boolean {
  return attribs.class !== undefined && iconFont.test(attribs.class);
}

/** Whether it is a heading's link to itself. Its children must have been filtered before. */
function isPermalink({ name, attribs, children }: Element, { isHeading }: Around): boolean {
  if (!isHeading || name !== "a" || !attribs.href?.includes("#")) return false;
  return children.every((child) =>
    isText(child)
      ? permalink.test(child.data)
      : isTag(child) && forScreenReaders.test(child.attribs.class ?? ""),
  );
}
