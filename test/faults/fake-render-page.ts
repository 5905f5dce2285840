/**
 * Replaces src/render/render-page.ts. It sends one command to the browser, and then returns the page that the schedule
 * has for the URL. If the browser dies or hangs, so does the command, as with a real page.
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
