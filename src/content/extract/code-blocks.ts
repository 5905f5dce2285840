/** Reads code from a page: its text as written, and its language. */
import { type ChildNode, type Element, isTag, isText, type ParentNode } from "domhandler";

/** Class names that tell the language, as in the HTML Standard, SyntaxHighlighter, GitHub, Pygments and Sphinx. */
const languageClass =
  /^(?:language|lang|highlight-source|highlight|brush:?|sourceCode|prism)[-:]?\s*([\w+#.-]{1,30})$/i;
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
  "copy",
]);
const lineNumberClass = /(?:^|[\s_-])(?:gutter|linenos?|line-?numbers?|blob-num)(?:$|[\s_-])/i;

/** How many elements around the code are searched for its language. */
const MAX_WRAPPERS = 3;

/** The code in `element`. Each element in `blocks` begins a new line. */
export function codeText(element: Element, blocks: ReadonlySet<ChildNode>): string {
  const parts: string[] = [];
  collect(element, blocks, parts);
  return parts
    .join("")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
}

function collect(element: Element, blocks: ReadonlySet<ChildNode>, parts: string[]): void {
  for (const child of element.children) {
    if (isText(child)) {
      if (child.data !== "") parts.push(child.data);
    } else if (isTag(child)) {
      if (child.name === "br") {
        parts.push("\n");
      } else {
        const isLine = blocks.has(child);
        if (isLine) endLine(parts);
        collect(child, blocks, parts);
        if (isLine) endLine(parts);
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

/** Whether the text in it has line feeds, which only survive in code that keeps its white space. */
export function hasLines(element: Element): boolean {
  return element.children.some((child) =>
    isText(child) ? child.data.includes("\n") : isTag(child) && hasLines(child),
  );
}

/** The language named by the `<code>` in the element, the element itself, or an element around it, in that order. */
export function codeLanguage(element: Element): string | undefined {
  const candidates: Element[] = [element];
  const code = element.children.find((child): child is Element => isTag(child) && child.name === "code");
  if (code) candidates.unshift(code);
  for (let wrapper = element.parent, i = 0; wrapper && isTag(wrapper) && i < MAX_WRAPPERS; i++) {
    candidates.push(wrapper);
    wrapper = wrapper.parent;
  }
  for (const candidate of candidates) {
    const language = languageOf(candidate, candidate === element || candidate === code);
    if (language) return language;
  }
  return undefined;
}

function languageOf({ attribs }: Element, isCode: boolean): string | undefined {
  const stated = attribs["data-language"] ?? attribs["data-lang"];
  if (stated && /^[\w+#.-]{1,30}$/.test(stated)) return stated.toLowerCase();
  const names = (attribs.class ?? "").slice(0, 500).split(/\s+/);
  for (const [i, name] of names.entries()) {
    const language = languageClass.exec(name)?.[1] ?? (/^brush:$/i.test(name) ? names[i + 1] : undefined);
    if (language && !noLanguage.has(language.toLowerCase())) return language.toLowerCase().replace(/;$/, "");
  }
  // highlight.js: <code class="hljs css">
  if (!isCode || !names.includes("hljs")) return undefined;
  return names.find((name) => name !== "hljs" && /^[a-z][\w+#]{0,20}$/.test(name));
}
