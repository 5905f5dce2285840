/** The layout that the pages of one fictional site share: name, navigation, footer and color. */
import type { Expectation, Page, PageKind, Visit } from "./page.ts";

export interface Frame {
  kind: PageKind;
  name: string;
  tagline: string;
  /** A CSS color. */
  accent: string;
  /** Pairs of address and label. */
  nav: ReadonlyArray<readonly [href: string, label: string]>;
}

/** HTML, or a function that makes it for a visit. */
export type Html = string | ((visit: Visit) => string);

export interface FramedPage {
  path: string;
  pattern?: string;
  /** The page's own name. The title also has the site's name. */
  heading: string;
  description?: string;
  /** Defaults to `en`. */
  lang?: string;
  dir?: "rtl";
  /** More elements for the head, such as metadata and styles. */
  head?: Html;
  main: Html;
  /** A module that runs after parsing. */
  script?: string;
  headers?: Record<string, string>;
  expect?: Partial<Expectation>;
}

/** A page in its site's layout. Expects status 200 and the page's title, unless `expect` says otherwise. */
export function framedPage(frame: Frame, page: FramedPage): Page {
  const title = titleIn(frame, page.heading);
  return {
    path: page.path,
    pattern: page.pattern,
    title,
    kind: frame.kind,
    expect: { status: 200, title, ...page.expect },
    respond: (visit) => ({ headers: page.headers, body: framedDocument(frame, page, visit) }),
  };
}

export function titleIn(frame: Frame, heading: string): string {
  return `${heading} – ${frame.name}`;
}

/** The whole HTML document of a framed page. */
export function framedDocument(frame: Frame, page: FramedPage, visit: Visit): string {
  const html = (part: Html = "") => (typeof part === "function" ? part(visit) : part);
  const links = frame.nav
    .map(([href, label]) => `<li><a href="${href}">${label}</a></li>`)
    .join("\n        ");
  return `<!doctype html>
<html lang="${page.lang ?? "en"}"${page.dir ? ` dir="${page.dir}"` : ""}>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${titleIn(frame, page.heading)}</title>
  <meta name="description" content="${page.description ?? frame.tagline}">
  <link rel="canonical" href="${visit.url.origin}${page.path}">
  <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/site.css">
  <style>:root { --accent: ${frame.accent}; }</style>
  ${html(page.head)}
</head>
<body>
  <header class="masthead">
    <p class="brand">${frame.name}</p>
    <nav aria-label="Main">
      <ul>
        ${links}
      </ul>
    </nav>
  </header>
  <main>
${html(page.main)}
  </main>
  <footer>
    <p>${frame.name} – ${frame.tagline}</p>
  </footer>
  ${page.script ? `<script type="module">${page.script}</script>` : ""}
</body>
</html>
`;
}

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A JSON-LD block. Escapes `<`, so that the data cannot end the script element. */
export function jsonLd(data: object): string {
  return `<script type="application/ld+json">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>`;
}

/** Open Graph and Twitter card metadata. `image` is an absolute path. */
export function socialMeta(
  visit: Visit,
  card: { type: string; title: string; description: string; image: string; siteName: string },
): string {
  return `<meta property="og:type" content="${card.type}">
  <meta property="og:title" content="${card.title}">
  <meta property="og:description" content="${card.description}">
  <meta property="og:url" content="${visit.url.origin}${visit.url.pathname}">
  <meta property="og:image" content="${visit.url.origin}${card.image}">
  <meta property="og:site_name" content="${card.siteName}">
  <meta name="twitter:card" content="summary_large_image">
  <meta name="twitter:title" content="${card.title}">
  <meta name="twitter:description" content="${card.description}">
  <meta name="twitter:image" content="${visit.url.origin}${card.image}">`;
}
