/** Recognizes formulas, which KaTeX, MathJax and Wikipedia put into a page several times over, and gives their TeX. */
import { type Element, isTag, isText, type ParentNode } from "domhandler";
import { parseHtml } from "../html-tree.ts";
import { MAX_FORMULA, texOfMathml } from "./mathml.ts";

export interface Formula {
  tex: string;
  /** Set on a line of its own. */
  isDisplay: boolean;
}

/** The TeX as Markdown, and as text. */
export function writtenFormula({ tex, isDisplay }: Formula): string {
  return isDisplay ? `$$${tex}$$` : `$${tex}$`;
}

/** A quick test, since few elements have such classes. */
const mathClass = /katex|MathJax|MJX|mjx|math/;
/** Classes of the elements in which KaTeX and Wikipedia have a formula several times. */
const mathContainer = /^(?:katex|katex-display|mwe-math-element)$/;
/** Classes of what MathJax 2 shows of a formula. */
const mathJaxOutput =
  /^(?:MathJax(?:_(?:Display|Preview|SVG|SVG_Display|CHTML|MathML|PlainSource))?|MJXc-display|mjx-chtml)$/;
const mathJaxDisplay = /^(?:MathJax_(?:SVG_)?Display|MJXc-display)$/;

/**
 * The formula that an element shows. Undefined if it shows none, or one that cannot be read; null if the formula stands
 * beside it, so that the element only repeats it.
 */
export function formulaOf(element: Element): Formula | null | undefined {
  const { name, attribs } = element;
  if (name === "math") return formula(texOfMath(element), isDisplayMath(element));
  if (name === "script") return formulaOfScript(element);
  if (name === "mjx-container") return formula(texOfMathJax(element), attribs.display === "true");
  if (!mathClass.test(attribs.class ?? "")) return undefined;
  const names = (attribs.class ?? "").split(/\s+/, 10);
  // Some pages have the class `katex` around a whole text.
  const mayBeOne = name === "span" || !names.includes("katex");
  if (mayBeOne && names.some((one) => mathContainer.test(one))) {
    const math = mathIn(element);
    return math && formula(texOfMath(math), names.includes("katex-display") || isDisplayMath(math));
  }
  if (names.some((one) => mathJaxOutput.test(one))) return formulaOfMathJax2(element, names);
  return names.includes("math") || names.includes("arithmatex") ? formulaInText(element) : undefined;
}

/** MathJax 2 shows a formula before the script with its source. On a server, it states the source as the label. */
function formulaOfMathJax2(element: Element, names: string[]): Formula | null | undefined {
  if (isBeforeSource(element)) return null;
  const stated = element.attribs["data-mathml"];
  const math = mathIn(stated ? parseHtml(stated) : element);
  const label = math ? undefined : firstIn(element, isLabeledMath)?.attribs["aria-label"];
  const tex = math ? texOfMath(math) : label && cleanTex(label);
  const isDisplay = names.some((one) => mathJaxDisplay.test(one)) || (math && isDisplayMath(math));
  return formula(tex, isDisplay === true);
}

function isLabeledMath({ attribs }: Element): boolean {
  return Boolean(attribs["aria-label"]) && /(?:^|\s)mjx-math(?:\s|$)/.test(attribs.class ?? "");
}

function isBeforeSource(element: Element): boolean {
  let next = element.next;
  for (let i = 0; next && i < 6; i++, next = next.next) {
    if (!isTag(next)) continue;
    if (next.name === "script") return /^math\//.test(next.attribs.type ?? "");
  }
  return false;
}

function formulaOfScript({ attribs: { type = "" }, children: [source] }: Element): Formula | undefined {
  if (!source || !isText(source)) return undefined;
  const isDisplay = /mode\s*=\s*display/.test(type);
  if (/^math\/tex\b/.test(type)) return formula(cleanTex(source.data), isDisplay);
  const math = /^math\/mml\b/.test(type) ? mathIn(parseHtml(source.data)) : undefined;
  return math && formula(texOfMath(math), isDisplayMath(math));
}

/** What TeX stands between in a text. */
const delimiters = [
  { open: "\\(", close: "\\)", isDisplay: false },
  { open: "\\[", close: "\\]", isDisplay: true },
  { open: "$$", close: "$$", isDisplay: true },
  { open: "$", close: "$", isDisplay: false },
];

/** TeX that Pandoc and others leave for a script to typeset: `<span class="math inline">\(x\)</span>`. */
function formulaInText({ children }: Element): Formula | undefined {
  const [only] = children;
  if (!only || children.length > 1 || !isText(only)) return undefined;
  const text = only.data.slice(0, MAX_FORMULA).trim();
  for (const { open, close, isDisplay } of delimiters) {
    const tex = text.slice(open.length, -close.length);
    if (text.startsWith(open) && text.endsWith(close) && !tex.includes(close))
      return formula(cleanTex(tex), isDisplay);
  }
  return undefined;
}

function formula(tex: string | undefined, isDisplay: boolean): Formula | undefined {
  return tex ? { tex, isDisplay } : undefined;
}

function isDisplayMath({ attribs }: Element): boolean {
  return attribs.display === "block" || attribs.mode === "display";
}

function mathIn(container: ParentNode): Element | undefined {
  return firstIn(container, ({ name }) => name === "math");
}

/** Elements that are searched. What shows a formula has hundreds. */
const MAX_SEARCHED = 2000;

function firstIn(container: ParentNode, test: (element: Element) => boolean): Element | undefined {
  let left = MAX_SEARCHED;
  const search = ({ children }: ParentNode): Element | undefined => {
    for (const child of children) {
      if (!isTag(child)) continue;
      left -= 1;
      if (left < 0) return undefined;
      const found = test(child) ? child : search(child);
      if (found) return found;
    }
    return undefined;
  };
  return search(container);
}

/** MathJax 4 keeps the source in an attribute, and MathJax 3 has MathML for screen readers. */
function texOfMathJax(container: Element): string | undefined {
  const source = firstIn(container, ({ attribs }) => Boolean(attribs["data-latex"]))?.attribs["data-latex"];
  if (source) return cleanTex(source);
  const math = mathIn(container);
  return math && texOfMath(math);
}

/** The source of a formula if the page includes it, or else TeX made from its MathML. */
function texOfMath(math: Element): string {
  const source = firstIn(math, isTexSource)?.children[0];
  return source && isText(source) ? cleanTex(source.data) : texOfMathml(math);
}

function isTexSource({ name, attribs }: Element): boolean {
  return name === "annotation" && /^(?:application\/x-tex|TeX|LaTeX)$/i.test(attribs.encoding ?? "");
}

function cleanTex(source: string): string {
  return (
    source
      .slice(0, MAX_FORMULA)
      // Comments would swallow what follows once the lines are joined.
      .replace(/(?<!\\)%.*$/gm, "")
      .replace(/\s+/g, " ")
      .trim()
      // Wikipedia wraps each formula.
      .replace(/^\{\\displaystyle (.*)\}$/, "$1")
      .trim()
  );
}
