/**
 * Renders every page of the test site in a real browser and checks what the page shows, or why it cannot be rendered.
 *
 * The pages are rendered as a consumer does it: in several tabs at a time, each used for one page after another. Each
 * test waits for its page.
 */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { RenderFailure } from "../../src/protocol/render-failure.ts";
import type { RenderedPage } from "../../src/render/rendered-page.ts";
import type { Tab } from "../../src/render/tab.ts";
import { openTab } from "./open-tab.ts";

const TABS = 6;
const limits = {
  navigationTimeout: 8000,
  settleTimeout: 10_000,
  settleQuiet: 150,
  pageTimeout: 20_000,
  maxBytes: 6 * 1024 * 1024,
};
/** For pages that use up all of a tab's memory, which takes a while. */
const longLimits = { ...limits, navigationTimeout: 22_000, pageTimeout: 26_000 };
const site = inject("site");
const pages = inject("pages");
const renderings = new Map(pages.map(({ path }) => [path, Promise.withResolvers<RenderedPage | Error>()]));
let browser: Browser;
let tabs: Promise<void>[];

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
  // The pages that take longest come first.
  const [first, others] = [true, false].map((isFirst) =>
    pages.filter(({ expect }) => (expect.code === "page_crashed") === isFirst),
  ) as [typeof pages, typeof pages];
  const waiting = [...first, ...others].values();
  tabs = Array.from({ length: TABS }, () => renderInOneTab(waiting).catch(giveUp));
});

afterAll(async () => {
  await Promise.all(tabs);
  await browser.close();
});

async function renderInOneTab(waiting: Iterator<(typeof pages)[number]>): Promise<void> {
  let tab: Tab | undefined;
  for (let next = waiting.next(); !next.done; next = waiting.next()) {
    const { path, expect: wanted } = next.value;
    const pageLimits = wanted.code === "page_crashed" ? longLimits : limits;
    tab ??= await openTab(browser, 10_000);
    const result = await tab.render(`${site}${path}`, pageLimits).catch((thrown: Error) => thrown);
    renderings.get(path)?.resolve(result);
    const isTabFit = !(result instanceof Error) || (result instanceof RenderFailure && result.leavesTabFit);
    if (isTabFit) await tab.leave();
    else tab = void (await tab.close());
  }
  await tab?.close();
}

/** An error between two pages fails all pages that have not been rendered yet. */
function giveUp(thrown: Error): void {
  for (const { resolve } of renderings.values()) resolve(thrown);
}

describe("a page that can be rendered", () => {
  const rendered = pages.filter(({ expect }) => expect.code === undefined);

  it.each(rendered)("$path", async ({ path, expect: wanted }) => {
    const rendering = await renderings.get(path)?.promise;
    if (rendering === undefined || rendering instanceof Error) throw rendering;
    const result = rendering;
    expect(result.httpStatus).toBe(wanted.status);
    if (wanted.title !== undefined) expect(result.title ?? "").toBe(wanted.title);
    expect(result.finalUrl).toBe(wanted.finalPath === undefined ? undefined : `${site}${wanted.finalPath}`);
    expect(result.warnings).toEqual(wanted.warnings);
    if (wanted.settles) expect(result).toMatchObject({ hasSettled: true });
    const content =
      result.kind === "html"
        ? result.page.html.toPageHtml().html
        : new TextDecoder(result.encoding).decode(result.body);
    for (const text of wanted.text ?? []) expect(decoded(content)).toContain(text);
  });
});

describe("a page that cannot be rendered", () => {
  const loop = "/fault/redirect-js-loop";
  const refused = pages.filter(({ path, expect }) => expect.code !== undefined && path !== loop);

  // Timing decides whether the loop can be stopped for a moment to capture the page. Either way it has to end.
  it("ends in time if it redirects endlessly by script", async () => {
    const rendering = await renderings.get(loop)?.promise;
    if (rendering instanceof RenderFailure) expect(rendering.code).toBe("timeout");
    else expect(rendering).toHaveProperty("httpStatus", 200);
  });

  it.each(refused)("$path fails with $expect.code", async ({ path, expect: wanted }) => {
    const rendering = await renderings.get(path)?.promise;
    if (!(rendering instanceof RenderFailure)) throw rendering ?? new Error("The page was not rendered.");
    expect({ code: rendering.code, message: rendering.message }).toMatchObject({ code: wanted.code });
    if (wanted.status !== null && wanted.status >= 400)
      expect(rendering.facts.httpStatus).toBe(wanted.status);
  });
});

/** Undoes the entities that serializing HTML adds. */
function decoded(html: string): string {
  return html
    .replaceAll("&nbsp;", "\u00a0")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
