/** `/docs`: the reference page, generated from the OpenAPI document. */
import { expect, it } from "vitest";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";
import { problemTypes, slugOf } from "../../src/api/problem-types.ts";
import { failureCodes } from "../../src/protocol/failure-codes.ts";
import { anonymous, origin } from "./caller.ts";
import { operations } from "./documented-operations.ts";

const { text, headers } = await anonymous("GET", "/docs");
const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

it("the reference needs no scripts and no other resources", () => {
  expect(headers.get("Content-Type")).toMatch(/^text\/html/);
  expect(headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
  expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|url\(/i);
});

it.each(operations)("the reference shows $method $path", ({ method, path }) => {
  expect(text).toContain(`<span class="method ${method}">${method}</span> <code>${path}</code>`);
});

it("the reference shows the event that webhooks get, with its headers", () => {
  const section = /<section>\s*<h3 id="batchCompleted">.*?<\/section>/s.exec(text)?.[0] ?? "";
  expect(section).toContain("<code>your webhook</code>");
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"])
    expect(section).toContain(name);
  expect(section).toContain("event.batch.completed");
  expect(section).toContain('href="#BatchCompletedEvent"');
  expect(section).not.toContain("curl");
});

it("the reference shows every error, failure code and object", () => {
  for (const code of Object.keys(problemTypes) as (keyof typeof problemTypes)[])
    expect(text).toContain(`href="/errors/${slugOf(code)}"`);
  for (const code of Object.keys(failureCodes)) expect(text).toContain(`<td><code>${code}</code></td>`);
  const objects = Object.keys(openApiDocument().components?.schemas ?? {});
  // The parts of a recursive type have no names of their own.
  const named = objects.filter((name) => !name.startsWith("__"));
  expect(ids).toEqual(expect.arrayContaining(named));
});

it("every link within the reference has exactly one target", () => {
  const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(links.filter((link) => !ids.includes(link))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

it("the curl examples call this deployment", () => {
  expect(text).toContain(`curl -X POST &#39;${origin}/v1/batches&#39;`);
});

it("the root redirects to the reference", async () => {
  const answer = await anonymous("GET", "/");
  expect({ status: answer.status, to: answer.headers.get("Location") }).toEqual({ status: 302, to: "/docs" });
});
