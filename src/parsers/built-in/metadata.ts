import type { Element } from "domhandler";
import { found, type Json } from "../json-value.ts";
import { modifiedNames, publishedNames } from "../meta-tags.ts";
import type { ParserPage } from "../parser-page.ts";

/** Most entries in one list. Heads are short, so a longer list is not one. */
const MAX_ENTRIES = 200;

/** The metadata in a page's head. */
export function readMetadata(page: ParserPage): Json | undefined {
  const head = new Head(page);
  const openGraph = head.properties(/^og:(.+)$/i);
  const twitter = head.properties(/^twitter:(.+)$/i);
  const described = found({
    title: page.text(page.first("head > title") ?? page.first("title")),
    description: head.meta("description"),
    canonical: head.link("canonical"),
    open_graph: nonEmpty(openGraph),
    twitter: nonEmpty(twitter),
  });
  if (Object.keys(described).length === 0) return undefined;
  return {
    url: page.url,
    ...described,
    ...found({
      language: page.attribute(page.first("html"), "lang"),
      author: head.meta("author"),
      keywords: keywordsIn(head.meta("keywords")),
      published: head.firstMeta(publishedNames),
      modified: head.firstMeta(modifiedNames),
      robots: head.meta("robots"),
      generator: head.meta("generator"),
      theme_color: head.meta("theme-color"),
      site_name: head.meta("og:site_name") ?? head.meta("application-name"),
      image: page.absoluteUrl(head.meta("og:image") ?? head.meta("twitter:image")),
      manifest: head.link("manifest"),
      amp: head.link("amphtml"),
      previous: head.link("prev"),
      next: head.link("next"),
      license: head.link("license"),
    }),
    icons: head.links(
      "icon",
      "shortcut icon",
      "apple-touch-icon",
      "apple-touch-icon-precomposed",
      "mask-icon",
    ),
    feeds: head.feeds(),
    alternates: head.alternates(),
  };
}

class Head {
  readonly #page: ParserPage;
  /** Name or property in lower case, and content. */
  readonly #metas: [name: string, content: string][];
  readonly #links: { rel: string; element: Element; url: string }[];

  constructor(page: ParserPage) {
    this.#page = page;
    this.#metas = page.all("meta[content]").flatMap((meta): [string, string][] => {
      const name = meta.attribs.property ?? meta.attribs.name ?? meta.attribs["http-equiv"];
      const content = page.attribute(meta, "content");
      return name && content ? [[name.trim().toLowerCase(), content]] : [];
    });
    this.#links = page.all("link[rel][href]").flatMap((element) => {
      const url = page.absoluteUrl(page.attribute(element, "href"));
      const rel = element.attribs.rel?.trim().toLowerCase().replace(/\s+/g, " ") ?? "";
      return url ? [{ rel, element, url }] : [];
    });
  }

  meta(name: string): string | undefined {
    return this.#metas.find(([given]) => given === name)?.[1];
  }

  firstMeta(names: readonly string[]): string | undefined {
    return names.map((name) => this.meta(name)).find((content) => content !== undefined);
  }

  /** The contents of names that match `pattern`, by its group. A repeated name makes a list. URLs are made absolute. */
  properties(pattern: RegExp): { [key: string]: Json } {
    const values = new Map<string, string[]>();
    for (const [name, content] of this.#metas) {
      const key = pattern.exec(name)?.[1];
      if (!key) continue;
      const isUrl = /^(?:image|video|audio|url)(?::url|:secure_url|:src)?$/.test(key);
      const value = (isUrl && this.#page.absoluteUrl(content)) || content;
      const known = values.get(key) ?? [];
      if (known.length < MAX_ENTRIES) values.set(key, [...known, value]);
    }
    return Object.fromEntries(
      Array.from(values, ([key, [first = "", ...more]]) => [key, more.length > 0 ? [first, ...more] : first]),
    );
  }

  link(rel: string): string | undefined {
    return this.#links.find((link) => link.rel.split(" ").includes(rel))?.url;
  }

  links(...rels: string[]): Json[] {
    return this.#links
      .filter(({ rel }) => rels.includes(rel))
      .slice(0, MAX_ENTRIES)
      .map(({ rel, url, element: { attribs } }) =>
        found({ url, rel, sizes: attribs.sizes, type: attribs.type }),
      );
  }

  feeds(): Json[] {
    return this.#alternate(({ type = "" }) =>
      /^application\/(?:rss\+xml|atom\+xml|feed\+json)\b/i.test(type),
    ).map(({ url, element: { attribs } }) => found({ url, title: attribs.title, type: attribs.type }));
  }

  alternates(): Json[] {
    return this.#alternate(({ hreflang }) => hreflang !== undefined).map(({ url, element: { attribs } }) => ({
      url,
      language: attribs.hreflang ?? "",
    }));
  }

  #alternate(isWanted: (attribs: Record<string, string | undefined>) => boolean) {
    return this.#links
      .filter(({ rel, element }) => rel.split(" ").includes("alternate") && isWanted(element.attribs))
      .slice(0, MAX_ENTRIES);
  }
}

function nonEmpty(properties: { [key: string]: Json }): { [key: string]: Json } | undefined {
  return Object.keys(properties).length > 0 ? properties : undefined;
}

function keywordsIn(text: string | undefined): string[] | undefined {
  const words = text?.split(",").map((word) => word.trim());
  return words?.filter((word) => word !== "").slice(0, MAX_ENTRIES);
}
