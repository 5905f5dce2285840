/** Builds the inline content of a Markdown syntax tree (phrasing, in mdast) in a form that Markdown can express. */
import type { Delete, Emphasis, Literal, PhrasingContent, Strong } from "mdast";

/** A formula, with its dollar signs. */
interface InlineMath extends Literal {
  type: "inlineMath";
}

declare module "mdast" {
  interface PhrasingContentMap {
    inlineMath: InlineMath;
  }
  interface RootContentMap {
    inlineMath: InlineMath;
  }
}

/** Appends a node to a run. Adjacent texts are merged, and so is adjacent emphasis of the same type. */
export function addPhrasing(run: PhrasingContent[], node: PhrasingContent): void {
  const last = run.at(-1);
  if (last && isEmphasis(last) && isEmphasis(node) && last.type === node.type) {
    for (const child of node.children) addPhrasing(last.children, child);
    return;
  }
  if (last?.type === "text" && node.type === "text") {
    run[run.length - 1] = { type: "text", value: last.value + node.value };
  } else if (last?.type === "inlineCode" && node.type === "inlineCode") {
    // Their backticks would run together.
    run.push(html("<code>"), text(node.value), html("</code>"));
  } else if (last?.type === "inlineMath" && node.type === "inlineMath") {
    // So would their dollar signs.
    run.push(text(" "), node);
  } else {
    run.push(node);
  }
}

export function text(value: string): PhrasingContent {
  return { type: "text", value };
}

export function html(value: string): PhrasingContent {
  return { type: "html", value };
}

/** Adds text. Its line feeds become breaks. */
export function addText(out: PhrasingContent[], value: string): void {
  const lines = value.includes("\n") ? value.split("\n") : [value];
  for (const [i, line] of lines.entries()) {
    if (i > 0) addPhrasing(out, { type: "break" });
    if (line !== "") addPhrasing(out, text(lines.length > 1 ? line.replace(/[ \t]+/g, " ") : line));
  }
}

/** Adds code on one line. Space at its ends is moved outside, where it separates words. */
export function addCode(out: PhrasingContent[], code: string): void {
  const value = code.replace(/\s+/g, " ");
  const shown = value.trim();
  if (value.startsWith(" ")) addSpace(out);
  if (shown) addPhrasing(out, { type: "inlineCode", value: shown });
  if (shown && value.endsWith(" ")) addSpace(out);
}

/** Adds a space, unless there is one. */
export function addSpace(out: PhrasingContent[]): void {
  const last = out.at(-1);
  if (last?.type !== "text" || !last.value.endsWith(" ")) addPhrasing(out, text(" "));
}

/** Adds a code block as one piece of code per line. */
export function addCodeLines(out: PhrasingContent[], code: string): void {
  for (const [i, line] of code.split("\n").entries()) {
    if (i > 0) addPhrasing(out, { type: "break" });
    addCode(out, line);
  }
}

export function addImage(out: PhrasingContent[], { src, alt = "" }: Record<string, string>): void {
  if (src) addPhrasing(out, { type: "image", url: src, alt: alt.replace(/\s+/g, " ").trim() });
}

/**
 * Wraps content in emphasis or a link. In Markdown none of these may begin or end with a space or a break, so these are moved
 * outside. Content without words is not wrapped.
 */
export function wrapped(
  type: "strong" | "emphasis" | "delete" | "link",
  content: PhrasingContent[],
  url = "",
): PhrasingContent[] {
  if (!hasWords(content)) return content;
  const { before, children, after } = splitEnds(content);
  return [...before, type === "link" ? { type, url, children } : { type, children }, ...after];
}

const emphasisTags = { strong: "strong", emphasis: "em", delete: "del" } as const;

function isEmphasis(node: PhrasingContent): node is Strong | Emphasis | Delete {
  return node.type in emphasisTags;
}

/**
 * Replaces emphasis that Markdown cannot express by HTML: emphasis that begins or ends in punctuation right beside a word, or
 * that follows other emphasis (CommonMark 0.31, section 6.2).
 */
export function expressible(run: readonly PhrasingContent[]): PhrasingContent[] {
  const result: PhrasingContent[] = [];
  for (const [i, node] of run.entries()) {
    if (!("children" in node)) {
      result.push(node);
      continue;
    }
    const children = expressible(node.children);
    if (isEmphasis(node) && !isExpressible(node, run[i - 1], run[i + 1])) {
      const tag = emphasisTags[node.type];
      result.push({ type: "html", value: `<${tag}>` }, ...children, { type: "html", value: `</${tag}>` });
    } else {
      result.push({ ...node, children } as PhrasingContent);
    }
  }
  return result;
}

function isExpressible(node: PhrasingContent, before?: PhrasingContent, after?: PhrasingContent): boolean {
  if (before && isEmphasis(before)) return false;
  const text = edgesOf(node);
  return (
    (!isWordCharacter(edgesOf(before).last) || isWordCharacter(text.first)) &&
    (!isWordCharacter(edgesOf(after).first) || isWordCharacter(text.last))
  );
}

/** The first and the last character that is written for a node, including Markdown syntax. */
function edgesOf(node: PhrasingContent | undefined): { first: string; last: string } {
  if (!node || node.type === "break") return { first: " ", last: " " };
  if (node.type === "text") {
    const { value } = node;
    return { first: String.fromCodePoint(value.codePointAt(0) ?? 32), last: value.slice(-1) || " " };
  }
  if (!isEmphasis(node)) return { first: "[", last: "]" };
  const [first] = node.children;
  const last = node.children.at(-1);
  return {
    first: isEmphasis(first ?? node) ? "*" : edgesOf(first).first,
    last: isEmphasis(last ?? node) ? "*" : edgesOf(last).last,
  };
}

/** Whether it is neither space nor punctuation. The second half of a surrogate pair counts as a letter. */
function isWordCharacter(character: string): boolean {
  return !/^[\s\p{P}\p{S}]$/u.test(character);
}

/** Splits a run into the space and breaks before it, its content, and those after it. */
function splitEnds(run: PhrasingContent[]) {
  const children = [...run];
  const before: PhrasingContent[] = [];
  const after: PhrasingContent[] = [];
  for (let first = children[0]; first; first = children[0]) {
    if (first.type === "text") {
      const value = first.value.trimStart();
      if (value.length < first.value.length) before.push({ type: "text", value: " " });
      if (value !== "") {
        children[0] = { type: "text", value };
        break;
      }
    } else if (first.type === "break") {
      before.push(first);
    } else {
      break;
    }
    children.shift();
  }
  for (let last = children.at(-1); last; last = children.at(-1)) {
    if (last.type === "text") {
      const value = last.value.trimEnd();
      if (value.length < last.value.length) after.unshift({ type: "text", value: " " });
      if (value !== "") {
        children[children.length - 1] = { type: "text", value };
        break;
      }
    } else if (last.type === "break") {
      after.unshift(last);
    } else {
      break;
    }
    children.pop();
  }
  return { before, children, after };
}

/** Whether anything in it is visible. */
export function hasWords(run: readonly PhrasingContent[]): boolean {
  return run.some((node) => {
    if (node.type === "text") return /\S/.test(node.value);
    if (node.type === "break" || node.type === "html") return false;
    return "children" in node ? hasWords(node.children) : true;
  });
}

/** Splits a run into paragraphs at every two or more breaks. Breaks at the ends of a paragraph are dropped. */
export function paragraphsOf(run: PhrasingContent[]): PhrasingContent[][] {
  const paragraphs: PhrasingContent[][] = [];
  let current: PhrasingContent[] = [];
  let breaks = 0;
  for (const node of run) {
    if (node.type === "break") {
      breaks += 1;
      continue;
    }
    if (node.type === "text" && breaks > 0 && node.value.trim() === "") continue;
    if (breaks > 1 && current.length > 0) {
      paragraphs.push(current);
      current = [];
    } else if (breaks === 1 && current.length > 0) {
      trimLastText(current);
      current.push({ type: "break" });
    }
    const isFirst = current.length === 0 || breaks > 0;
    breaks = 0;
    if (isFirst && node.type === "text") {
      const value = node.value.trimStart();
      if (value !== "") current.push({ type: "text", value });
    } else {
      current.push(node);
    }
  }
  paragraphs.push(current);
  for (const paragraph of paragraphs) trimLastText(paragraph);
  return paragraphs.filter(hasWords);
}

function trimLastText(run: PhrasingContent[]): void {
  for (let last = run.at(-1); last?.type === "text"; last = run.at(-1)) {
    const value = last.value.trimEnd();
    if (value !== "") {
      run[run.length - 1] = { type: "text", value };
      return;
    }
    run.pop();
  }
}

/** Puts a run on one line. Breaks become spaces, or `<br>` where Markdown has no other line break. */
export function onOneLine(run: PhrasingContent[], separator: " " | "<br>"): PhrasingContent[] {
  const line: PhrasingContent[] = [];
  for (const [i, children] of paragraphsOf(run).entries()) {
    if (i > 0) addSeparator(line, separator);
    for (const node of children) {
      if (node.type === "break") addSeparator(line, separator);
      else addPhrasing(line, onOneLineWithin(node, separator));
    }
  }
  return line;
}

function addSeparator(line: PhrasingContent[], separator: " " | "<br>"): void {
  addPhrasing(line, separator === " " ? { type: "text", value: " " } : { type: "html", value: separator });
}

function onOneLineWithin(node: PhrasingContent, separator: " " | "<br>"): PhrasingContent {
  if (!("children" in node)) return node;
  return { ...node, children: onOneLine(node.children, separator) } as PhrasingContent;
}
