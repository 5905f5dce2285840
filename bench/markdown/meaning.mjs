/** Normalizes Markdown and HTML, so that two documents with the same meaning are equal. */
import { parseHTML } from "linkedom";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

const keptAttributes = ["href", "src", "alt", "start", "type", "checked"];
const voidElements = new Set(["br", "hr", "img", "input"]);
const sameAs = { b: "strong", i: "em", s: "del", strike: "del" };
const besideBlocks =
  /\s*(<\/?(?:p|[uod]l|li|h\d|table|t(?:head|body|r|h|d)|blockquote|pre|[hb]r|details|summary)\b[^>]*>)\s*/g;

/** Reads GitHub Flavored Markdown, including embedded HTML. */
export function meaningOfMarkdown(markdown) {
  return meaningOfHtml(
    micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true }),
  );
}

export function meaningOfHtml(html) {
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  return spell(document.body, false)
    .replace(/ +(?=<(?:br|\/))/g, "")
    .replace(besideBlocks, (_, tag) => tag)
    .trim();
}

function spell(node, verbatim) {
  if (node.nodeType === 3) {
    const text = verbatim ? node.data : node.data.replace(/[\s\u00a0]+/g, " ");
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  }
  if (node.nodeType !== 1) return "";
  const tag = sameAs[node.localName] ?? node.localName;
  const inner = Array.from(node.childNodes, (child) => spell(child, verbatim || tag === "pre")).join("");
  if (tag === "body") return inner;
  const attributes = keptAttributes.filter((name) => node.hasAttribute(name));
  if (tag === "code" && node.className.startsWith("language-")) attributes.push("class");
  const open = `<${[tag, ...attributes.map((name) => `${name}="${node.getAttribute(name) ?? ""}"`)].join(" ")}>`;
  return voidElements.has(tag) ? open : `${open}${inner}</${tag}>`;
}
