import { html } from "hono/html";

/** Text of the document as HTML: blank lines part paragraphs, backticks mark code. */
export function prose(text: string) {
  if (text === "") return "";
  const paragraphs = text.split(/\n{2,}/);
  return html`${paragraphs.map((paragraph) => html`<p>${inline(paragraph)}</p>`)}`;
}

/** One line of it. */
export function inline(text: string) {
  return text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
}
