/** What people read in a browser: the reference, its document, and a page for each error. */
import { Hono } from "hono";
import { etag } from "hono/etag";
import { html } from "hono/html";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";
import { type ProblemCode, problemTypes, slugOf } from "../problem-types.ts";
import { openApiDocument } from "./openapi-document.ts";
import { layout, pageSecurityPolicy } from "./page-layout.ts";
import { referencePage } from "./reference-page.ts";
import { inline } from "./text-to-html.ts";

const codeOf = new Map(
  Object.keys(problemTypes).map((code) => [slugOf(code as ProblemCode), code as ProblemCode]),
);

const pages = new Hono<ApiEnv>();

pages.get("/", (c) => c.redirect("/docs"));

pages.get("/openapi.json", etag(), (c) => c.json(openApiDocument()));

pages.get("/docs", etag(), (c) => {
  c.header("Content-Security-Policy", pageSecurityPolicy);
  return c.html(referencePage(openApiDocument(), new URL(c.req.url).origin));
});

pages.get("/errors/:slug", etag(), (c) => {
  const slug = c.req.param("slug");
  const code = codeOf.get(slug);
  if (!code) throw new Problem("not_found", `There is no error ${JSON.stringify(slug.slice(0, 100))}.`);
  const { status, title, meaning, remedy } = problemTypes[code];
  c.header("Content-Security-Policy", pageSecurityPolicy);
  return c.html(
    layout(
      `${status} ${code} · Trawl API`,
      html`<h1>${status} ${title}</h1>
<p><code>${code}</code></p>
<h2>What it means</h2><p>${inline(meaning)}</p>
<h2>What to do</h2><p>${inline(remedy)}</p>
<p><a href="/docs#errors">All errors</a></p>`,
    ),
  );
});

export { pages };
