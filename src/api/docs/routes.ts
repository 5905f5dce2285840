/** The documentation routes: the reference page, the OpenAPI document, and a page for each error. */
import { Hono } from "hono";
import { etag } from "hono/etag";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";
import { type ProblemCode, problemTypes, slugOf } from "../problem-types.ts";
import { errorPage } from "./error-page.ts";
import { openApiDocument } from "./openapi-document.ts";
import { pageSecurityPolicy } from "./page-layout.ts";
import { referencePage } from "./reference-page.ts";

const codes = Object.keys(problemTypes) as ProblemCode[];
const codeOfSlug = new Map(codes.map((code) => [slugOf(code), code]));

const docs = new Hono<ApiEnv>();

docs.get("/", (c) => c.redirect("/docs"));

docs.get("/openapi.json", etag(), (c) => c.json(openApiDocument()));

docs.get("/docs", etag(), (c) => {
  c.header("Content-Security-Policy", pageSecurityPolicy);
  return c.html(referencePage(openApiDocument(), new URL(c.req.url).origin));
});

docs.get("/errors/:slug", etag(), (c) => {
  const slug = c.req.param("slug");
  const code = codeOfSlug.get(slug);
  if (!code) throw new Problem("not_found", `No such error: ${JSON.stringify(slug.slice(0, 100))}.`);
  c.header("Content-Security-Policy", pageSecurityPolicy);
  return c.html(errorPage(code));
});

export { docs };
