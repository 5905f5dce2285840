/** Uses tabs for one page after another: a page sees the emulated reader, and nothing of other pages. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { RenderFailure } from "../../src/protocol/render-failure.ts";
import { countryProfile } from "../../src/render/country-profile.ts";
import { emulationFor } from "../../src/render/emulation.ts";
import { Tab, type TabOptions } from "../../src/render/tab.ts";
import { storingPaths } from "../site/pages/unruly/leftovers.ts";

const limits = {
  navigationTimeout: 20_000,
  settleTimeout: 15_000,
  settleQuiet: 150,
  pageTimeout: 40_000,
  maxBytes: 1024 * 1024,
};
const site = inject("site");
const otherSite = site.replace("127.0.0.1", "localhost");
let browser: Browser;
const tabs: Tab[] = [];

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
});

afterEach(async () => {
  await Promise.all(tabs.splice(0).map((tab) => tab.close()));
});

afterAll(async () => {
  await browser.close();
});

function tabOptions(country: string | null): TabOptions {
  return {
    emulation: emulationFor(country),
    suspectUrls: [],
    isAllowed: () => true,
    commandTimeout: 20_000,
  };
}

async function openTab(country: string | null = null): Promise<Tab> {
  const tab = await Tab.open(browser, tabOptions(country));
  tabs.push(tab);
  return tab;
}

async function htmlOf(tab: Tab, url: string, settleTimeout = limits.settleTimeout): Promise<string> {
  const rendered = await tab.render(url, { ...limits, settleTimeout });
  if (rendered.kind !== "html") throw new Error(`${url} is ${rendered.mimeType}.`);
  return rendered.page.html.toPageHtml().html;
}

/** What a page that stores data in every possible way reports to have found there. */
async function foundBy(tab: Tab, url: string): Promise<string | undefined> {
  return /id="out"[^>]*>([^<]*)</.exec(await htmlOf(tab, url))?.[1];
}

describe("a tab that has left a page", () => {
  it("shows the next page nothing that the one before has stored, in any origin", async () => {
    const tab = await openTab();
    expect(await foundBy(tab, `${site}/fault/storage`)).toBe("clean");
    // Before the tab is left, the page finds everything: so it can tell.
    expect(await foundBy(tab, `${site}/fault/storage`)).toBe(
      "dirty: cookie, localStorage, sessionStorage, window.name, IndexedDB, Cache Storage",
    );
    expect(await foundBy(tab, `${otherSite}/fault/storage`)).not.toContain("localStorage");
    await tab.leave();
    expect(await foundBy(tab, `${otherSite}/fault/storage`)).toBe("clean");
    await tab.leave();
    expect(await foundBy(tab, `${site}/fault/storage`)).toBe("clean");
  });

  it.each(storingPaths)(
    "shows the next page nothing that the one before goes on storing while it is left: %s",
    async (path) => {
      const tab = await openTab();
      // Some of them never settle.
      await htmlOf(tab, site + path, 3000);
      await tab.leave();
      expect(await foundBy(tab, `${site}/fault/storage-late`)).toBe("clean");
    },
  );

  it("runs scripts again, on the same site and on another", async () => {
    const tab = await openTab();
    for (const origin of [site, site, otherSite, site]) {
      expect(await htmlOf(tab, `${origin}/fault/timers`)).toContain("Change at");
      const { result } = await tab.session.send("Runtime.evaluate", {
        expression: "document.visibilityState",
      });
      expect(result.value).toBe("visible");
      await tab.leave();
      expect(await foundBy(tab, `${origin}/fault/storage`)).toBe("clean");
      await tab.leave();
    }
  });

  it("renders the next page after one that failed or was a file", async () => {
    const tab = await openTab();
    for (const path of ["/news/missing-story", "/data/notes.txt"]) {
      expect(await foundBy(tab, `${site}/fault/storage`)).toBe("clean");
      await tab.leave();
      await tab.render(site + path, limits).catch((thrown) => expect(thrown).toBeInstanceOf(RenderFailure));
      await tab.leave();
    }
    expect(await foundBy(tab, `${site}/fault/storage`)).toBe("clean");
  });

  it("has left a page that was going elsewhere at that very moment", async () => {
    const tab = await openTab();
    for (let round = 0; round < 5; round += 1) {
      expect(await foundBy(tab, `${site}/fault/storage`)).toBe("clean");
      // Only a page that may go on without its scripts, such as one with frames, is left for a blank page.
      const expression = "document.body.append(document.createElement('iframe'))";
      await tab.session.send("Runtime.evaluate", { expression });
      const unlisten = tab.session.on("Page.frameStartedNavigating" as never, () => {
        unlisten();
        tab.session.send("Page.navigate", { url: `${site}/tiny/1` });
      });
      await tab.leave();
      const { result } = await tab.session.send("Runtime.evaluate", { expression: "location.href" });
      expect(result.value).toBe("about:blank");
    }
  });

  it("loads a page again if its address is the same or differs only in the fragment", async () => {
    const tab = await openTab();
    for (const fragment of ["#a", "#a", "#b", "", "", "#c"]) {
      expect(await foundBy(tab, `${site}/fault/address${fragment}`)).toBe(
        `At ${fragment || "none"}, state null`,
      );
      await tab.leave();
    }
  });

  it("has no service worker of an earlier page", async () => {
    const tab = await openTab();
    expect(await foundBy(tab, `${site}/fault/service-worker`)).toBe("clean");
    await tab.leave();
    expect(await foundBy(tab, `${site}/fault/service-worker`)).toBe("clean");
  });

  it("has no history for the next page to go back to", async () => {
    const tab = await openTab();
    await htmlOf(tab, `${site}/tiny/1`);
    await tab.leave();
    for (const path of ["/fault/history-back", "/fault/history-back", "/fault/history-states"]) {
      const rendered = await tab.render(site + path, limits);
      expect(rendered.finalUrl).toBe(
        path === "/fault/history-states" ? `${site}/fault/history-states?1` : undefined,
      );
      expect(rendered.kind === "html" && rendered.page.html.toPageHtml().html).toContain(
        "Words that were served.",
      );
      if (path === "/fault/history-back") {
        const { entries } = await tab.session.send("Page.getNavigationHistory");
        expect(entries).toHaveLength(1);
      }
      await tab.leave();
    }
  });
});

describe("a tab", () => {
  it("shares nothing with another tab of the same browser", async () => {
    const [one, other] = [await openTab(), await openTab()];
    await foundBy(one, `${site}/fault/storage`);
    expect(await foundBy(other, `${site}/fault/storage`)).toBe("clean");
  });

  it("is not sent what a page posts", async () => {
    const tab = await openTab();
    await htmlOf(tab, `${site}/tiny/1`);
    const bodies: unknown[] = [];
    tab.session.on("Network.requestWillBeSent", ({ request }) =>
      bodies.push(request.postData ?? request.postDataEntries),
    );
    const expression = `fetch("/tiny/1", { method: "POST", body: "a".repeat(1000) }).then(() => {})`;
    await tab.session.send("Runtime.evaluate", { expression, awaitPromise: true });
    expect(bodies).toEqual([undefined]);
  });

  it("closes windows that a page opens", async () => {
    const tab = await openTab();
    const pages = () => browser.targets().filter((target) => target.type() === "page").length;
    const before = pages();
    let opened = 0;
    browser.on("targetcreated", () => {
      opened += 1;
    });
    await htmlOf(tab, `${site}/fault/popups`);
    await vi.waitFor(() => expect(opened).toBeGreaterThanOrEqual(6), { timeout: 20_000 });
    await vi.waitFor(() => expect(pages()).toBe(before), { timeout: 20_000 });
  });

  it.each(["unread", "app-link", "url-worker"])(
    "notices that its page has settled: /spa/%s",
    async (name) => {
      const tab = await openTab();
      const page = await tab.render(`${site}/spa/${name}`, limits);
      expect(page).toMatchObject({ kind: "html", hasSettled: true });
    },
  );

  it("fails its page at once when it is closed", async () => {
    const tab = await openTab();
    const isLoaded = new Promise((resolve) => tab.session.on("Page.loadEventFired", resolve));
    const rendering = tab.render(`${site}/spa/long-poll`, limits).catch((thrown) => thrown);
    await isLoaded;
    await tab.session.send("Page.close");
    expect(await rendering).toMatchObject({ code: "page_crashed", transient: true });
  });
});

describe("a page", () => {
  it("rendered for a country sees that country's language, formats, time zone and location, in all tabs and on every page", async () => {
    const expected = {
      DE: { number: "1.234.567,891", date: "31.1.2026", weekday: "Samstag", offsetMinutes: 60 },
      JP: { number: "1,234,567.891", date: "2026/1/31", weekday: "土曜日", offsetMinutes: 540 },
      BR: { number: "1.234.567,891", date: "31/01/2026", weekday: "sábado", offsetMinutes: -180 },
    };
    const reading = Object.entries(expected).flatMap(([country, formats]) =>
      [1, 2].map(async () => {
        const tab = await openTab(country);
        const { languages, acceptLanguage, locale, timeZone, geolocation } = countryProfile(country);
        for (const _page of [1, 2]) {
          const html = await htmlOf(tab, `${site}/echo`);
          const facts = JSON.parse(/id="facts-json"[^>]*>([^<]*)</.exec(html)?.[1] ?? "");
          expect(facts).toMatchObject({
            languages: languages.join(","),
            language: languages[0],
            locale,
            timeZone,
            ...geolocation,
            ...formats,
          });
          expect(facts.userAgent).toMatch(/^Mozilla\/5\.0 .*Chrome/);
          expect(/accept-language<\/th><td[^>]*>([^<]*)</.exec(html)?.[1]).toBe(acceptLanguage);
          await tab.leave();
        }
      }),
    );
    await Promise.all(reading);
  });

  it("sees a screen of full size although it is painted smaller", async () => {
    const tab = await openTab();
    await htmlOf(tab, `${site}/tiny/1`);
    const expression = "[innerWidth, innerHeight, screen.width, screen.height, devicePixelRatio].join()";
    const { result } = await tab.session.send("Runtime.evaluate", { expression });
    expect(result.value).toBe("1366,900,1366,900,1");
  });

  it("rendered for no country sees American English and no location", async () => {
    const html = await htmlOf(await openTab(), `${site}/echo`);
    const facts = JSON.parse(/id="facts-json"[^>]*>([^<]*)</.exec(html)?.[1] ?? "");
    expect(facts).toMatchObject({ language: "en-US", geolocation: expect.any(String) });
  });
});

it("says that opening a tab took too long if the browser does not obey in time", async () => {
  // From now on the connection is there, so what takes too long is a command.
  await openTab();
  const opening = Tab.open(browser, { ...tabOptions(null), commandTimeout: 1 });
  await expect(opening).rejects.toThrow("Opening a tab took longer than 1 ms");
});
