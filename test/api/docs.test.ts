/** `/docs`: the reference for people, made from the OpenAPI document. */
import { expect, it } from "vitest";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";
import { problemTypes, slugOf } from "../../src/api/problem-types.ts";
import { anonymous, origin } from "./caller.ts";
import { operations } from "./documented-operations.ts";

const { text, headers } = await anonymous("GET", "/docs");
const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

it("needs no script, and nothing but itself", () => {
  expect(headers.get("Content-Type")).toMatch(/^text\/html/);
  expect(headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
  expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|url\(/i);
});

it.each(operations)("shows $method $path", ({ method, path }) => {
  expect(text).toContain(`<span class="method ${method}">${method}</span> <code>${path}</code>`);
});

it("shows each error and each object", () => {
  for (const code of Object.keys(problemTypes) as (keyof typeof problemTypes)[])
    expect(text).toContain(`href="/errors/${slugOf(code)}"`);
  const objects = Object.keys(openApiDocument().components?.schemas ?? {});
  // What a recursive type is made of has no name of its own.
  const named = objects.filter((name) => !name.startsWith("__"));
  expect(ids).toEqual(expect.arrayContaining(named));
});

it("has a target for each link within it, and each once", () => {
  const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(links.filter((link) => !ids.includes(link))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

it("has curl lines for this deployment", () => {
  expect(text).toContain(`curl -X POST &#39;${origin}/v1/batches&#39;`);
});

it("is where the root leads to", async () => {
  const answer = await anonymous("GET", "/");
  expect({ status: answer.status, to: answer.headers.get("Location") }).toEqual({ status: 302, to: "/docs" });
});
