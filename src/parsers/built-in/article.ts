import { markdownOfPage } from "../../content/extract/markdown.ts";
import { found, type Json } from "../json-value.ts";
import { parseDate } from "../parse-date.ts";
import type { ParserPage } from "../parser-page.ts";
import { readablePart } from "../readability.ts";
import { structuredData, Things, textIn } from "../structured-data.ts";

/** Types below schema.org's CreativeWork that are texts to read. */
const articleType =
  /Article$|^(?:BlogPosting|LiveBlogPosting|Report|Review|CriticReview|AnalysisNewsArticle|HowTo|Recipe)$/;

/** Shorter texts are labels and menus, which Readability takes for an article if there is nothing else. */
const MIN_CHARACTERS = 100;

/** The main text of a page as Markdown, and who wrote it when. */
export function readArticle(page: ParserPage): Json | undefined {
  const part = readablePart(page);
  const content = part && markdownOfPage(part.html, page.baseUrl);
  if (!part || !content || content.length < MIN_CHARACTERS) return undefined;
  const things = new Things(structuredData(page));
  const stated = things.firstOf((type) => articleType.test(type)) ?? {};
  const meta = (...names: string[]) =>
    names
      .map((name) => page.attribute(page.first(`meta[property="${name}"], meta[name="${name}"]`), "content"))
      .find((value) => value !== undefined);
  const authors = [stated.author ?? []].flat().flatMap((author) => textIn(author) ?? []);
  return found({
    title: textIn(stated.headline) ?? meta("og:title") ?? page.text(page.first("h1")) ?? part.title,
    byline: authors.join(", ") || meta("author", "article:author", "byl") || part.byline,
    published:
      textIn(stated.datePublished) ??
      meta("article:published_time", "date", "dcterms.date", "datePublished", "pubdate") ??
      shownDate(page),
    modified: textIn(stated.dateModified) ?? meta("article:modified_time"),
    site_name: meta("og:site_name") ?? textIn(stated.publisher) ?? part.siteName,
    language: page.attribute(page.first("html"), "lang"),
    excerpt: textIn(stated.description) ?? meta("og:description", "description") ?? part.excerpt,
    image: page.absoluteUrl(meta("og:image") ?? textIn(stated.image)),
    content,
    length: content.length,
  });
}

function shownDate(page: ParserPage): string | undefined {
  const time = page.first("article time[datetime], main time[datetime], time[pubdate][datetime]");
  const stated = page.attribute(time, "datetime");
  return stated === undefined ? undefined : (parseDate(stated, "en") ?? stated);
}
