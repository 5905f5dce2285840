/** The document's descriptions as HTML. */
import { html } from "hono/html";

/** Renders paragraphs, separated by blank lines. */
export function paragraphs(text: string) {
  if (text === "") return "";
  return html`${text.split(/\n{2,}/).map((paragraph) => html`<p>${inline(paragraph)}</p>`)}`;
}

/** Renders one line, with code in backticks. */
export function inline(text: string) {
  return text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
}
