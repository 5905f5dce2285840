/** Every page of the test site, rendered by a real browser: what it shows, or why it cannot be shown. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { RenderFailure } from "../../src/render/failure.ts";
import { pageLook } from "../../src/render/page-look.ts";
import { type Rendering, renderPage } from "../../src/render/render-page.ts";
import { Tab } from "../../src/render/tab.ts";

const limits = { navigationTimeout: 3000, settleTimeout: 5000, settleQuiet: 100, maxBytes: 4 * 1024 * 1024 };
const site = inject("site");
const pages = inject("pages");
let browser: Browser;

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER as never);
});

afterAll(async () => {
  await browser.close();
});

function openTab(): Promise<Tab> {
  return Tab.open(browser, {
    look: pageLook(null),
    suspectUrls: [],
    isAllowed: () => true,
    commandTimeout: 10_000,
  });
}

async function render(path: string): Promise<Rendering | RenderFailure> {
  const tab = await openTab();
  try {
    return await renderPage(tab, `${site}${path}`, limits, { wantsLinks: false });
  } catch (thrown) {
    if (thrown instanceof RenderFailure) return thrown;
    throw thrown;
  } finally {
    await tab.close();
  }
}

describe("a page that can be rendered", () => {
  const rendered = pages.filter(({ expect }) => expect.code === undefined);

  it.each(rendered)("$path", async ({ path, expect: wanted }) => {
    const rendering = await render(path);
    if (rendering instanceof RenderFailure) expect.fail(`${rendering.code}: ${rendering.message}`);
    const { result } = rendering;
    expect(result.httpStatus).toBe(wanted.status);
    if (wanted.title !== undefined) expect(result.title ?? "").toBe(wanted.title);
    expect(result.finalUrl).toBe(wanted.finalPath === undefined ? undefined : `${site}${wanted.finalPath}`);
    const content =
      result.kind === "html" ? result.page.html : new TextDecoder(result.charset).decode(result.body);
    for (const text of wanted.text ?? []) expect(decoded(content)).toContain(text);
  });
});

describe("a page that cannot be rendered", () => {
  const refused = pages.filter(({ expect }) => expect.code !== undefined);

  it.each(refused)("$path fails with $expect.code", async ({ path, expect: wanted }) => {
    const rendering = await render(path);
    expect(rendering).toBeInstanceOf(RenderFailure);
    if (!(rendering instanceof RenderFailure)) return;
    expect({ code: rendering.code, message: rendering.message }).toMatchObject({ code: wanted.code });
    if (wanted.status !== null && wanted.status >= 400)
      expect(rendering.facts.httpStatus).toBe(wanted.status);
  });
});

/** HTML with the entities undone that serialising makes. */
function decoded(html: string): string {
  return html
    .replaceAll("&nbsp;", "\u00a0")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
