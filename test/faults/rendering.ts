/**
 * In place of src/render/render-page.ts: a page that is what its schedule says, after one command to the browser. That
 * the browser dies or stands still shows here as it does with the real one.
 */
import { worldOfUrl } from "./world.ts";

type RenderPage = typeof import("../../src/render/render-page.ts").renderPage;

export const renderPage: RenderPage = async (tab, url, limits) => {
  await tab.send("Page.navigate", { url }, { timeout: limits.navigationTimeout });
  const failure = worldOfUrl(url).visit(url);
  if (failure === "hang") return new Promise(() => {});
  if (failure) throw failure;
  return { kind: "html", httpStatus: 200, page: { html: `<p>${url}</p>`, token: "none", title: url, url } };
};
