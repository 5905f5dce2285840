/** `/errors/{slug}`: the page that the `type` of an error links to. */
import { html } from "hono/html";
import { type ProblemCode, problemTypes } from "../problem-types.ts";
import { pageLayout } from "./page-layout.ts";
import { inline } from "./text-to-html.ts";

export function errorPage(code: ProblemCode) {
  const { status, title, meaning, remedy } = problemTypes[code];
  return pageLayout(
    `${status} ${code} · Trawl API`,
    html`<h1>${status} ${title}</h1>
<p><code>${code}</code></p>
<h2>What it means</h2><p>${inline(meaning)}</p>
<h2>What to do</h2><p>${inline(remedy)}</p>
<p><a href="/docs#errors">All errors</a></p>`,
  );
}
