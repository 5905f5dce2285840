/** The front page: a list of all pages. */
import { escapeHtml, type Frame, framedPage } from "../layout.ts";
import type { Page } from "../page.ts";

const frame: Frame = {
  kind: "plain",
  name: "Test site",
  tagline: "Pages to render, good and bad",
  accent: "#345",
  nav: [
    ["/", "All pages"],
    ["/tiny/1", "Tiny pages"],
    ["/bench/1", "Pages for benches"],
  ],
};

/** Lists the given pages by kind. */
export function contentsOf(pages: readonly Page[]): Page {
  const kinds = Map.groupBy(pages, ({ kind }) => kind);
  return framedPage(frame, {
    path: "/",
    heading: "All pages",
    main: () => `
    <h1>All pages</h1>
    ${[...kinds].map(([kind, ofKind]) => `<h2>${kind}</h2>\n<ul>${ofKind.map(linkTo).join("\n")}</ul>`).join("\n")}`,
    expect: { text: ["dashboard", "not-html"] },
  });
}

function linkTo({ path, title }: Page): string {
  return `<li><a href="${escapeHtml(path)}">${escapeHtml(path)}</a> ${escapeHtml(title)}</li>`;
}
