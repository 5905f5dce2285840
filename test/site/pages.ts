/** Everything that the test site serves. */
import { assetRoutes } from "./assets.ts";
import { moduleRoutes } from "./modules.ts";
import type { Page, Route } from "./page.ts";
import { compositionPages, compositionRoutes } from "./pages/composition.ts";
import { contactPages } from "./pages/contact.ts";
import { contentsOf } from "./pages/contents.ts";
import { dashboardPages, dashboardRoutes } from "./pages/dashboard.ts";
import { docsPages, docsRoutes } from "./pages/docs.ts";
import { echoPages } from "./pages/echo.ts";
import { faultPages, faultRoutes } from "./pages/faults.ts";
import { forumPages, forumRoutes } from "./pages/forum.ts";
import { framesetPages, framesetRoutes } from "./pages/framesets.ts";
import { heavyPages, heavyRoutes } from "./pages/heavy.ts";
import { languagePages } from "./pages/languages.ts";
import { largeRoutes } from "./pages/large.ts";
import { lazyPages, lazyRoutes } from "./pages/lazy.ts";
import { linkPages } from "./pages/links.ts";
import { nearlyEmptyPages, nearlyEmptyRoutes } from "./pages/nearly-empty.ts";
import { newsPages, newsRoutes } from "./pages/news.ts";
import { notHtmlPages } from "./pages/not-html.ts";
import { picturePages } from "./pages/pictures.ts";
import { plainPages } from "./pages/plain.ts";
import { referenceRoutes } from "./pages/reference.ts";
import { scrollingPages } from "./pages/scrolling.ts";
import { searchPages } from "./pages/search-results.ts";
import { settlingPages, settlingRoutes } from "./pages/settling.ts";
import { connectedPages, connectedRoutes } from "./pages/settling-connections.ts";
import { steppingPages, steppingRoutes } from "./pages/settling-steps.ts";
import { shopPages, shopRoutes } from "./pages/shop.ts";
import { spaPages, spaRoutes } from "./pages/spa.ts";
import { structurePages } from "./pages/structure.ts";
import { structuredPages } from "./pages/structured.ts";
import { endlessPages, endlessRoutes } from "./pages/unruly/endless.ts";
import { leftoverPages, leftoverRoutes } from "./pages/unruly/leftovers.ts";
import { sabotagePages } from "./pages/unruly/sabotage.ts";
import { windowControlPages } from "./pages/unruly/window-control.ts";
import { untypedPages } from "./pages/untyped.ts";
import { visibilityPages } from "./pages/visibility.ts";

/**
 * Pages whose content comes late, or only when something happens, in ways that are easy to miss, and pages that keep the
 * browser busy. `npm run bench:settle` reports them apart from the rest.
 */
export const hardPages: readonly Page[] = [
  ...framesetPages,
  ...picturePages,
  ...scrollingPages,
  ...steppingPages,
  ...connectedPages,
  ...nearlyEmptyPages,
  ...heavyPages,
];

/** Well-behaved pages. Each one renders, or fails only because of its content. */
export const goodPages: readonly Page[] = [
  ...shopPages,
  ...docsPages,
  ...newsPages,
  ...forumPages,
  ...dashboardPages,
  ...structurePages,
  ...visibilityPages,
  ...linkPages,
  ...compositionPages,
  ...lazyPages,
  ...structuredPages,
  ...contactPages,
  ...searchPages,
  ...languagePages,
  ...spaPages,
  ...settlingPages,
  ...hardPages,
  ...echoPages,
  ...plainPages,
  ...notHtmlPages,
  ...untypedPages,
];

const listedPages: readonly Page[] = [
  ...goodPages,
  ...faultPages,
  ...endlessPages,
  ...leftoverPages,
  ...windowControlPages,
  ...sabotagePages,
];

export const allPages: readonly Page[] = [contentsOf(listedPages), ...listedPages];

export const routes: readonly Route[] = [
  ...assetRoutes,
  ...moduleRoutes,
  ...shopRoutes,
  ...docsRoutes,
  ...newsRoutes,
  ...forumRoutes,
  ...dashboardRoutes,
  ...compositionRoutes,
  ...framesetRoutes,
  ...heavyRoutes,
  ...lazyRoutes,
  ...spaRoutes,
  ...settlingRoutes,
  ...steppingRoutes,
  ...connectedRoutes,
  ...nearlyEmptyRoutes,
  ...faultRoutes,
  ...endlessRoutes,
  ...leftoverRoutes,
  ...largeRoutes,
  ...referenceRoutes,
];

/** Finds a page by its path and query. Throws if there is none. */
export function pageAt(path: string): Page {
  const page = allPages.find((candidate) => candidate.path === path);
  if (!page) throw new Error(`The test site has no page ${path}`);
  return page;
}

/**
 * The 25 pages of the demo: shop, docs, news, forum, dashboard, and two that are not HTML. Eight are built by scripts, one
 * is slow, one redirects on the server and one in the browser, and one is a 404.
 */
export const demoPages: readonly Page[] = [
  "/shop/",
  "/shop/kettles",
  "/shop/kettles/copper-stove-kettle",
  "/shop/teapots/blue-glaze-teapot",
  "/shop/basket",
  "/shop/pots",
  "/docs/",
  "/docs/getting-started",
  "/docs/configuration",
  "/docs/cli",
  "/docs/search?q=timeout",
  "/docs/latest",
  "/news/",
  "/news/tide-gauge",
  "/news/night-trains",
  "/news/live",
  "/news/missing-story",
  "/forum/",
  "/forum/thread/sourdough-at-altitude",
  "/forum/thread/keyboard-repair",
  "/forum/members",
  "/dashboard/",
  "/dashboard/pumps",
  "/data/stations.json",
  "/data/notes.txt",
].map(pageAt);
