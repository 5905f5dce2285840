/** Compares what a page finds in its window with what the browser puts there: pages must not notice that they are watched. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Tab } from "../../src/render/tab.ts";
import { openTab } from "./open-tab.ts";

const site = inject("site");
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
  tab = await openTab(browser, 10_000);
  await tab.render(`${site}/structure/arrival`, {
    navigationTimeout: 10_000,
    settleTimeout: 5000,
    settleQuiet: 150,
    pageTimeout: 15_000,
    maxBytes: 1024 * 1024,
  });
});

afterAll(async () => {
  await tab.close();
  await browser.close();
});

/** Each property of the window and of all its classes, with all that can be asked of it. */
const shapes = `(() => {
  const shape = (value) => {
    if (typeof value !== "function") return typeof value;
    const isNative = Function.prototype.toString.call(value).includes("[native code]");
    return [value.name, value.length, isNative, Object.keys(value)].join();
  };
  const found = {};
  const add = (name, owner) => {
    for (const [key, { value, get, set, ...flags }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
      found[name + "." + key] = [shape(value), shape(get), shape(set), JSON.stringify(flags)].join(" ");
  };
  add("window", window);
  for (const name of Object.getOwnPropertyNames(window)) {
    const { value } = Object.getOwnPropertyDescriptor(window, name);
    if (typeof value === "function" && value.prototype) add(name, value.prototype);
  }
  return found;
})()`;

it("leaves every function and property of a page's window as the browser has made it, and adds one of its own", async () => {
  const { executionContextId } = await tab.session.send("Page.createIsolatedWorld", {
    frameId: tab.session.frameId,
  });
  const evaluate = async (contextId?: number) => {
    const { result } = await tab.session.send("Runtime.evaluate", {
      expression: shapes,
      contextId,
      returnByValue: true,
    });
    return result.value as Record<string, string>;
  };
  const { result } = await tab.session.send("Runtime.evaluate", {
    expression: `Object.getOwnPropertyNames(window).find((name) => /^[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}$/.test(name))`,
  });
  const ownProperty: string = result.value;
  // Nothing runs in an isolated world but what is sent there.
  const untouched = await evaluate(executionContextId);
  expect(untouched["window.setInterval"]).toContain("setInterval,1,true");
  const { [`window.${ownProperty}`]: own, ...rest } = await evaluate();
  expect(own).toContain('{"writable":false,"enumerable":false,"configurable":false}');
  expect(rest).toEqual(untouched);
});

it("passes on what scheduling functions are given, and calls back as the browser does", async () => {
  const expression = `(async () => {
    const seen = [];
    await new Promise((resolve) => {
      const ticking = setInterval(function (...given) {
        seen.push([this === window, given]);
        clearTimeout(ticking);
        resolve();
      }, 1, "one", 2);
    });
    await new Promise((resolve) => setTimeout(function (...given) { seen.push([this === window, given]); resolve(); }, 1, 3));
    await new Promise((resolve) => requestAnimationFrame((...given) => { seen.push(given.map((at) => typeof at)); resolve(); }));
    await new Promise((resolve) => requestIdleCallback((deadline) => { seen.push(deadline.didTimeout); resolve(); }));
    seen.push(await scheduler.postTask(() => "posted", { delay: 1 }));
    cancelAnimationFrame(requestAnimationFrame(() => seen.push("cancelled")));
    for (const call of [() => setTimeout(), () => requestAnimationFrame(1), () => setInterval.call({}, () => {}, 1)]) {
      try { call(); } catch (thrown) { seen.push(thrown.name); }
    }
    return seen;
  })()`;
  const { result } = await tab.session.send("Runtime.evaluate", {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  expect(result.value).toEqual([
    [true, ["one", 2]],
    [true, [3]],
    ["number"],
    false,
    "posted",
    "TypeError",
    "TypeError",
    "TypeError",
  ]);
});
