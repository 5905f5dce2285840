/**
 * Replaces src/render/render-page.ts: the page is what its schedule says, after one command to the browser. If the
 * browser dies or hangs, that shows here as it does with a real page.
 */
import { CapturedHtml } from "../../src/content/captured-html.ts";
import { worldOfUrl } from "./world.ts";

type RenderPage = typeof import("../../src/render/render-page.ts").renderPage;

export const renderPage: RenderPage = async ({ session, url, limits }) => {
  await session.send("Page.navigate", { url }, { timeout: limits.navigationTimeout });
  const failure = worldOfUrl(url).visit(url);
  if (failure === "hang") return new Promise(() => {});
  if (failure) throw failure;
  const page = { html: new CapturedHtml(`<p>${url}</p>`, "none"), title: url, url };
  return { kind: "html", httpStatus: 200, page, hasSettled: false };
};
