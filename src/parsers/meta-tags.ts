/** Reads a page's `<meta>` elements. */
import type { ParserPage } from "./parser-page.ts";

/** Most values of one name. */
const MAX_VALUES = 200;

export class MetaTags {
  readonly #values = new Map<string, string[]>();

  constructor(page: ParserPage) {
    for (const meta of page.all("meta[content]")) {
      const name = (meta.attribs.property ?? meta.attribs.name ?? meta.attribs.itemprop)
        ?.trim()
        .toLowerCase();
      const content = page.attribute(meta, "content");
      if (!name || content === undefined) continue;
      const known = this.#values.get(name);
      if (!known) this.#values.set(name, [content]);
      else if (known.length < MAX_VALUES) known.push(content);
    }
  }

  /** The value of the first of these names that has one. Names are in lower case. */
  first(names: readonly string[]): string | undefined {
    return this.all(names)[0];
  }

  /** The values of the first of these names that has any. */
  all(names: readonly string[]): readonly string[] {
    return names.map((name) => this.#values.get(name)).find((values) => values !== undefined) ?? [];
  }
}

/** Names under which pages state when they were published, the most precise ones first. */
export const publishedNames = [
  ...["article:published_time", "og:published_time", "og:article:published_time", "datepublished"],
  ...["citation_publication_date", "citation_online_date", "citation_date"],
  ...["dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date.created", "dcterms.date", "dc.date"],
  ...["parsely-pub-date", "sailthru.date", "article.published", "pubdate", "publish-date", "publish_date"],
  ...["publishdate", "publication_date", "publication-date", "date"],
];

export const modifiedNames = [
  ...["article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified"],
  ...["dcterms.modified", "dc.date.modified", "lastmod", "last-modified"],
];

export const authorNames = [
  "author",
  "article:author",
  "byl",
  "citation_author",
  "dc.creator",
  "dcterms.creator",
  "parsely-author",
  "sailthru.author",
];
