/** Reads code from a page: its text as written, and its language. */
import { type ChildNode, type Element, isTag, isText, type ParentNode } from "domhandler";
import { findOne } from "domutils";

export const codeTags: ReadonlySet<string> = new Set(["code", "kbd", "samp", "tt"]);

/** Class names that tell the language, as in the HTML Standard, SyntaxHighlighter, GitHub, Pygments and Sphinx. */
const languageClass = /^(?:language|lang|highlight-source|highlight|brush|prism)[-:]([\w+#.-]{1,30})$/i;
/** Class names that the language follows, as another name: `highlight python`, `brush: js`, `sourceCode haskell`. */
const languageFollows = /^(?:highlight|brush:|sourceCode)$/i;
/** What follows in such class names when it is not a language. */
const noLanguage = new Set([
  "none",
  "plain",
  "default",
  "text",
  "wrapper",
  "container",
  "block",
  "code",
  "source",
  "sourcecode",
  "copy",
  "dark",
  "light",
  "notranslate",
  "undefined",
]);
const lineNumberClass = /(?:^|[\s_-])(?:gutter|linenos?|line-?numbers?|blob-num)(?:$|[\s_-])/i;

/** Controls that copy the code beside or around them, or that have done so. */
const copyLabel = /^\s*(?:copy|copied)(?:\s+(?:code|snippet|text|to clipboard))?\s*[!.]?\s*$/i;
const copyClass = /(?:^|[\s_-])(?:copy|clipboard)(?:$|[\s_-]|btn|button)|(?:^|[\s_-])(?:btn|button)-?copy/i;
const copyTags = new Set(["clipboard-copy", "copy-button"]);
/** Characters of text in a control, at most. */
const MAX_LABEL = 30;
/** Nodes in a control, at most. */
const MAX_NODES = 60;

/** How many elements around the code are searched for its language. */
const MAX_WRAPPERS = 3;

/** The lines of code in `element`, without those that show nothing at its ends. Each element in `blocks` begins a new line. */
export function codeText(element: Element, blocks: ReadonlySet<ChildNode>, language?: string): string {
  const parts: string[] = [];
  collect(element, blocks, parts);
  // A label above the code, which the language of the block repeats.
  const label = parts.findIndex((part) => /\S/.test(part));
  const isLabel = language !== undefined && parts[label]?.trim().toLowerCase() === language;
  if (isLabel && parts[label + 1]?.startsWith("\n")) parts[label] = "";
  return parts
    .join("")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
}

/** The code in `element`, as it stands within a line. */
export function inlineCodeText(element: Element, blocks: ReadonlySet<ChildNode>): string {
  const parts: string[] = [];
  collect(element, blocks, parts);
  return parts.join("");
}

function collect(element: Element, blocks: ReadonlySet<ChildNode>, parts: string[]): void {
  let isAfterLine = false;
  for (const child of element.children) {
    if (isText(child)) {
      // Between lines that are elements, a line feed only parts their tags.
      const text = isAfterLine ? child.data.replace(/^\n/, "") : child.data;
      if (text !== "") parts.push(text);
      isAfterLine = false;
    } else if (isTag(child)) {
      if (child.name === "br") {
        parts.push("\n");
      } else {
        const isLine = blocks.has(child);
        if (isLine) endLine(parts);
        const before = parts.length;
        collect(child, blocks, parts);
        if (isLine) endLine(parts);
        isAfterLine = isLine && parts.length > before;
      }
    }
  }
}

function endLine(parts: string[]): void {
  const last = parts.at(-1);
  if (last !== undefined && !last.endsWith("\n")) parts.push("\n");
}

/** Whether an element contains nothing but the line numbers of a code listing. */
export function isLineNumbers(element: Element): boolean {
  return lineNumberClass.test(element.attribs.class ?? "") && hasOnlyDigits(element);
}

function hasOnlyDigits(parent: ParentNode): boolean {
  return parent.children.every((child) =>
    isText(child) ? /^[\d\s]*$/.test(child.data) : isTag(child) && hasOnlyDigits(child),
  );
}

/**
 * Whether the element copies code: a button in a code block, or one beside it that says so. Its children must have been
 * filtered before.
 */
export function isCopyButton(element: Element, isPre: boolean): boolean {
  const { name, attribs } = element;
  const isButton = name === "button" || attribs.role === "button" || copyTags.has(name);
  if (isPre && isButton) return true;
  if (!isButton && !(isPre && copyClass.test(attribs.class ?? ""))) return false;
  return copyLabel.test(labelOf(element) ?? "") && (isPre || isNearPre(element));
}

/** Whether one of the next siblings of the element, or of the two elements around it, is or begins with a `<pre>`. */
function isNearPre(element: Element): boolean {
  let around: ParentNode | null = element;
  for (let level = 0; level < 3 && around && isTag(around); level++) {
    for (const direction of ["prev", "next"] as const) {
      let node = around[direction];
      for (let i = 0; i < 3 && node; i++, node = node[direction]) if (beginsWithPre(node)) return true;
    }
    around = around.parent;
  }
  return false;
}

function beginsWithPre(node: ChildNode): boolean {
  let first: ChildNode | undefined = node;
  for (let depth = 0; depth < 3 && first && isTag(first); depth++) {
    if (first.name === "pre") return true;
    first = first.children.find(isTag);
  }
  return false;
}

/** The text in it, if it is as small as a control. */
function labelOf(control: Element): string | undefined {
  let label = "";
  let nodes = 0;
  const read = (parent: ParentNode): boolean =>
    parent.children.every((child) => {
      if (isText(child)) label += child.data;
      nodes += 1;
      return label.length <= MAX_LABEL && nodes <= MAX_NODES && (!isTag(child) || read(child));
    });
  return read(control) ? label : undefined;
}

/** The language named by the first `<code>` in the element, the element itself, or an element around it, in that order. */
export function codeLanguage(element: Element): string | undefined {
  const code = findOne(({ name }) => name === "code", element.children) ?? element;
  const candidates: Element[] = [];
  let limit = MAX_WRAPPERS;
  for (let node: ParentNode | null = code; node && isTag(node) && limit > 0; node = node.parent) {
    if (node.name === "body") break;
    candidates.push(node);
    if (node === element || limit < MAX_WRAPPERS) limit -= 1;
  }
  for (const candidate of candidates) {
    const language = languageOf(candidate, candidate === element || candidate === code);
    if (language) return language;
  }
  return undefined;
}

/** Attributes with the language, as Hugo, Rehype, Enlighter and others write them. */
const languageAttributes = [
  "data-language",
  "data-lang",
  "data-code-lang",
  "data-enlighter-language",
  "data-ke-language",
];

function languageOf({ attribs, name }: Element, isCode: boolean): string | undefined {
  const stated = languageAttributes.map((attribute) => attribs[attribute]);
  // On other elements, `lang` is a natural language.
  if (name === "pre") stated.push(attribs.lang);
  for (const language of stated) {
    if (language && /^[\w+#.-]{1,30}$/.test(language) && isLanguage(language)) return language.toLowerCase();
  }
  const names = (attribs.class ?? "").slice(0, 500).split(/\s+/);
  for (const [i, name] of names.entries()) {
    const following = languageFollows.test(name) && /^[a-z][\w+#]{0,20};?$/i.test(names[i + 1] ?? "");
    const language = languageClass.exec(name)?.[1] ?? (following ? names[i + 1] : undefined);
    if (language && isLanguage(language)) return language.toLowerCase().replace(/;$/, "");
  }
  // highlight.js: <code class="hljs css">
  if (!isCode || !names.includes("hljs")) return undefined;
  return names.find((name) => name !== "hljs" && /^[a-z][\w+#]{0,20}$/.test(name));
}

function isLanguage(name: string): boolean {
  return !noLanguage.has(name.toLowerCase());
}
