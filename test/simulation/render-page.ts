/**
 * Replaces src/render/render-page.ts. Three commands, as most pages need: the page loads, has settled, and is captured.
 * Each takes a round trip; loading takes as long as the page does.
 */
import { CapturedHtml } from "../../src/content/captured-html.ts";
import { statusFailure } from "../../src/render/network-failure.ts";
import { captureExpression } from "./browser-session.ts";
import { currentExecution } from "./execution.ts";
import { theWeb } from "./pages.ts";

/**
 * Processor time of the Worker for one page, in ms: an estimate for a page of 100 KB without a parser, whose HTML is
 * received, flattened and stored.
 */
const PAGE_CPU_MS = 15;

type RenderPage = typeof import("../../src/render/render-page.ts").renderPage;

export const renderPage: RenderPage = async ({ session, url, limits }) => {
  await session.send("Page.navigate", { url }, { timeout: limits.pageTimeout });
  const isRefused = theWeb().isRefused(url);
  if (!isRefused) await session.send("Runtime.evaluate", { expression: "has it settled?" });
  await session.send("Runtime.evaluate", { expression: captureExpression });
  if (isRefused) throw statusFailure(429, "2", { httpStatus: 429 });
  theWeb().captured += 1;
  const execution = currentExecution();
  execution?.useCpu(PAGE_CPU_MS);
  execution?.pageCaptured();
  const page = { html: new CapturedHtml(`<p>${url}</p>`, "none"), title: url, url };
  return { kind: "html", httpStatus: 200, page, hasSettled: false };
};
