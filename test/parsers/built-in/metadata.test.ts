import { describe, expect, it } from "vitest";
import { parseHtml, parsePage } from "../parse-page.ts";

describe("@trawl/metadata", () => {
  it("reads a full head", async () => {
    expect(await parsePage("metadata", "/structured/head")).toEqual({
      url: "SITE/structured/head",
      title: "A full head – Specimen garden",
      description: "Everything that a head can say.",
      canonical: "SITE/structured/head",
      open_graph: {
        type: "website",
        title: "A full head, for sharing",
        description: "What others see of it.",
        url: "SITE/structured/head",
        image: ["SITE/assets/img/head.png", "SITE/assets/img/second.png"],
        site_name: "Specimen garden",
        "image:width": "1200",
        "image:alt": "A head",
        locale: "en_GB",
      },
      twitter: {
        card: "summary_large_image",
        title: "A full head, for sharing",
        description: "What others see of it.",
        image: "SITE/assets/img/head.png",
        site: "@specimens",
      },
      language: "en",
      author: "Specimen garden",
      keywords: ["head", "meta", "link"],
      robots: "index, follow",
      generator: "By hand",
      theme_color: "#3d6b2f",
      site_name: "Specimen garden",
      image: "SITE/assets/img/head.png",
      manifest: "SITE/manifest.webmanifest",
      amp: "SITE/structured/head?amp",
      next: "SITE/structured/rdfa",
      license: "SITE/licence",
      icons: [
        { url: "SITE/assets/icon.svg", rel: "icon", type: "image/svg+xml" },
        { url: "SITE/assets/img/touch.png", rel: "apple-touch-icon", sizes: "180x180" },
        { url: "SITE/favicon.ico", rel: "shortcut icon" },
        { url: "SITE/assets/img/icon32.png", rel: "icon", sizes: "32x32", type: "image/png" },
      ],
      feeds: [
        { url: "SITE/news/feed.xml", title: "News", type: "application/rss+xml" },
        { url: "SITE/news/atom.xml", title: "News as Atom", type: "application/atom+xml" },
        { url: "SITE/news/feed.json", title: "News as JSON", type: "application/feed+json" },
      ],
      alternates: [
        { url: "SITE/structured/kopf", language: "de" },
        { url: "SITE/structured/head", language: "x-default" },
      ],
    });
  });

  it("reads a head with only a title", () => {
    expect(parseHtml("metadata", "<title> A\n title </title>")).toEqual({
      ...{ url: "https://page.example/dir/page", title: "A title", icons: [], feeds: [], alternates: [] },
    });
  });
});
