/**
 * Requests that a page in a real browser makes to private addresses are stopped before they are sent. For those that the
 * browser does not let us stop, see net/public-url.ts.
 */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { suspectUrlPatterns } from "../../src/net/public-url.ts";
import { RenderFailure } from "../../src/protocol/render-failure.ts";
import { emulationFor } from "../../src/render/emulation.ts";
import { Tab } from "../../src/render/tab.ts";
import type { Reply } from "../receiver/server.ts";
import { type Hook, newHook } from "../webhook/hook.ts";

const limits = {
  navigationTimeout: 5000,
  settleTimeout: 3000,
  settleQuiet: 200,
  pageTimeout: 8000,
  maxBytes: 1024 * 1024,
};
let browser: Browser;

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
});

afterAll(async () => {
  await browser.close();
});

const html = (body: string): Reply => ({
  headers: { "content-type": "text/html" },
  body: `<!doctype html>${body}`,
});

/** Renders a page for which only `forbidden` is a private address. */
async function visit(page: Hook, forbidden: Hook) {
  const path = new URL(forbidden.url).pathname;
  const tab = await Tab.open(browser, {
    emulation: emulationFor(null),
    suspectUrls: suspectUrlPatterns,
    isAllowed: (url) => new URL(url).pathname !== path,
    commandTimeout: 10_000,
  });
  try {
    return await tab.render(page.url, limits);
  } catch (thrown) {
    if (thrown instanceof RenderFailure) return thrown;
    throw thrown;
  } finally {
    await tab.close();
  }
}

describe("a page that navigates to a private address", () => {
  it.each<[string, (url: string) => Reply]>([
    ["by a redirect", (location) => ({ status: 302, headers: { location } })],
    ["by a script", (url) => html(`<script>location = ${JSON.stringify(url)}</script>`)],
    ["by a refresh", (url) => html(`<meta http-equiv="refresh" content="0; url=${url}">`)],
    [
      "by a form",
      (url) => html(`<form method="post" action="${url}"></form><script>document.forms[0].submit()</script>`),
    ],
  ])("%s fails with blocked_address", async (_, reply) => {
    const forbidden = newHook();
    const result = await visit(newHook([reply(forbidden.url)]), forbidden);
    expect(await forbidden.calls()).toEqual([]);
    expect(result).toMatchObject({ code: "blocked_address" });
  });
});

describe("a page that requests a private address, then navigates to a server that drops the connection", () => {
  it("fails because of the connection", async () => {
    const forbidden = newHook();
    const script = `fetch(${JSON.stringify(forbidden.url)}).catch(() => { location = "${inject("site")}/fault/reset"; })`;
    const result = await visit(newHook([html(`<script>${script}</script>`)]), forbidden);
    expect(result).toMatchObject({ code: "connection_reset", transient: true });
  });
});

describe("a page that requests a private address", () => {
  it.each<[string, (url: string) => string]>([
    ["an iframe", (url) => `<iframe src="${url}"></iframe>`],
    ["a script", (url) => `<script src="${url}"></script>`],
    ["a style sheet", (url) => `<link rel="stylesheet" href="${url}">`],
    ["a style sheet's import", (url) => `<style>@import url("${url}");</style>`],
    ["an image", (url) => `<img src="${url}">`],
    ["an object", (url) => `<object data="${url}"></object>`],
    [
      "a prefetch",
      (url) => `<link rel="prefetch" href="${url}"><link rel="preload" as="script" href="${url}">`,
    ],
    ["fetch", (url) => `<script>fetch(${JSON.stringify(url)}, {mode: "no-cors"}).catch(() => {})</script>`],
    ["a beacon", (url) => `<script>navigator.sendBeacon(${JSON.stringify(url)})</script>`],
    ["an event source", (url) => `<script>new EventSource(${JSON.stringify(url)})</script>`],
    [
      "a worker",
      (url) =>
        `<script>new Worker(URL.createObjectURL(new Blob(['fetch(${JSON.stringify(url)}, {mode: "no-cors"})'])))</script>`,
    ],
    [
      "a pop-up's script",
      (url) => `<script>window.open().eval('fetch(${JSON.stringify(url)}, {mode: "no-cors"})')</script>`,
    ],
  ])("with %s is rendered without the response", async (_, body) => {
    const forbidden = newHook();
    const result = await visit(newHook([html(`<p>There.</p>${body(forbidden.url)}`)]), forbidden);
    expect((await forbidden.calls()).map(({ headers }) => headers["user-agent"])).toEqual([]);
    expect("httpStatus" in result && result.httpStatus).toBe(200);
  });

  it("from a frame of another site is rendered without the response", async () => {
    const forbidden = newHook();
    const frame = newHook([
      html(`<script>fetch(${JSON.stringify(forbidden.url)}, {mode: "no-cors"}).catch(() => {})</script>`),
    ]);
    const other = frame.url.replace("127.0.0.1", "localhost");
    await visit(newHook([html(`<iframe src='${other}'></iframe>`)]), forbidden);
    expect((await frame.calls()).length).toBe(1);
    expect(await forbidden.calls()).toEqual([]);
  });
});
