import { markdownOfPage } from "../../content/extract/markdown.ts";
import { namesIn } from "../byline.ts";
import { found, type Json } from "../json-value.ts";
import { authorNames, MetaTags, modifiedNames, publishedNames } from "../meta-tags.ts";
import { statedDate } from "../parse-date.ts";
import type { ParserPage } from "../parser-page.ts";
import { readablePart } from "../readability.ts";
import type { Thing } from "../structured-data/thing.ts";
import { structuredData, Things, textIn } from "../structured-data.ts";

/** Types below schema.org's CreativeWork that are texts to read. */
const articleType =
  /Article$|^(?:BlogPosting|LiveBlogPosting|Report|Review|CriticReview|AnalysisNewsArticle|HowTo|Recipe)$/;

/** Shorter texts are labels and menus, which Readability takes for an article if there is nothing else. */
const MIN_CHARACTERS = 100;
const MAX_AUTHORS = 50;

/** The main text of a page as Markdown, and who wrote it when. */
export function readArticle(page: ParserPage): Json | undefined {
  const part = readablePart(page);
  const content = part && markdownOfPage(part.html, page.baseUrl);
  if (!part || !content || content.length < MIN_CHARACTERS) return undefined;
  const things = new Things(structuredData(page));
  const stated = things.firstOf((type) => articleType.test(type)) ?? {};
  const metas = new MetaTags(page);
  const meta = (...names: string[]) => metas.first(names);
  return found({
    title: textIn(stated.headline) ?? meta("og:title") ?? page.text(page.first("h1")) ?? part.title,
    byline: bylineOf(stated, metas, part.byline, page),
    published: firstDate(
      page,
      textIn(stated.datePublished),
      metas.first(publishedNames),
      ...shownDates(page, part.byline),
    ),
    modified: firstDate(page, textIn(stated.dateModified), metas.first(modifiedNames)),
    site_name: meta("og:site_name") ?? textIn(stated.publisher) ?? part.siteName,
    language: page.attribute(page.first("html"), "lang"),
    excerpt: textIn(stated.description) ?? meta("og:description", "description") ?? part.excerpt,
    image: page.absoluteUrl(meta("og:image") ?? textIn(stated.image)),
    content,
    length: content.length,
  });
}

/** Its authors as stated, or else as shown. */
function bylineOf(
  stated: Thing,
  metas: MetaTags,
  shown: string | undefined,
  page: ParserPage,
): string | undefined {
  const { language } = page;
  const read = (texts: (string | undefined)[], isShown: boolean) => {
    const names = texts.flatMap((text) => (text && namesIn(text, language, isShown)) ?? []);
    return [...new Set(names)].slice(0, MAX_AUTHORS).join(", ") || undefined;
  };
  return (
    read(
      [stated.author ?? []].flat().map((author) => textIn(author)),
      false,
    ) ??
    read(statedAuthors(metas), false) ??
    read([shown], true) ??
    read(
      page.all('[rel~="author"], [itemprop~="author"]').map((element) => page.text(element)),
      true,
    )
  );
}

/** Names under which libraries and journals state authors, with the family name first: `Doe, Jane`. */
const cataloguedNames = new Set(["citation_author", "dc.creator", "dcterms.creator"]);
const familyNameFirst = /^((?:\p{Ll}+ )*[^\s,]+), ([^,]+)$/u;

function statedAuthors(metas: MetaTags): string[] {
  const name = authorNames.find((one) => metas.first([one]) !== undefined);
  if (name === undefined) return [];
  const authors = metas.all([name]);
  return cataloguedNames.has(name)
    ? authors.map((author) => author.replace(familyNameFirst, "$2 $1"))
    : [...authors];
}

/** The first of these texts that is a date. */
function firstDate(page: ParserPage, ...texts: (string | undefined)[]): string | undefined {
  for (const text of texts) {
    const date = text && statedDate(text, page.language);
    if (date) return date;
  }
  return undefined;
}

const timeSelectors = ["time[pubdate]", '[itemprop~="datePublished"]', "article time, main time"];

/** Elements named for a date, of which the first few are read if their text is short. */
const dateSelectors = ["published", "posted", "date", "byline"]
  .map((word) => `article [class*="${word}" i], main [class*="${word}" i]`)
  .join(", ");
const MAX_DATES = 5;
const MAX_DATE_CHARACTERS = 100;

/** The dates that the page shows in the places of its publication date. */
function shownDates(page: ParserPage, byline: string | undefined): (string | undefined)[] {
  const times = timeSelectors
    .flatMap((selector) => page.first(selector) ?? [])
    .map((time) => page.attribute(time, "datetime") ?? page.attribute(time, "content") ?? page.text(time));
  const labels = page
    .all(dateSelectors)
    .slice(0, MAX_DATES)
    .map((element) => page.text(element));
  return [
    ...times,
    byline,
    ...labels.filter((text) => text !== undefined && text.length <= MAX_DATE_CHARACTERS),
  ];
}
