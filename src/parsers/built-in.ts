/**
 * The parsers that every account has: code, where a parser's document could not say it. Each has an id of Trawl's own, and
 * where clients of Olostep's API know such a parser, its id there.
 */
import { readArticle } from "./built-in/article.ts";
import { readCalendars } from "./built-in/calendars.ts";
import { readEmails } from "./built-in/emails.ts";
import { readGoogleSearch } from "./built-in/google-search.ts";
import { readMetadata } from "./built-in/metadata.ts";
import { readProduct } from "./built-in/product.ts";
import { readSocials } from "./built-in/socials.ts";
import { readStructuredData } from "./built-in/structured-data.ts";
import { readTables } from "./built-in/tables.ts";
import type { Json } from "./json-value.ts";
import type { ParserPage } from "./parser-page.ts";

export interface BuiltInParser {
  id: string;
  /** Other ids that it is known by. */
  aliases: readonly string[];
  version: number;
  name: string;
  description: string;
  /** Price of a page that succeeds, in credits. */
  credits: number;
  /** Pages that it is meant for; any if there are none. */
  urlPatterns: readonly string[];
  /** Undefined when the page has none of what it is for. @throws ParserFailed */
  read(page: ParserPage): Json | undefined;
}

const anyPage = { aliases: [], version: 1, credits: 1, urlPatterns: [] };

export const builtInParsers: readonly BuiltInParser[] = [
  {
    ...anyPage,
    id: "@trawl/metadata",
    name: "Metadata",
    description:
      "What the page's head says: title, description, canonical address, language, Open Graph, Twitter card, icons, feeds.",
    read: readMetadata,
  },
  {
    ...anyPage,
    id: "@trawl/structured-data",
    name: "Structured data",
    description: "All JSON-LD, Microdata and RDFa of the page, in one form.",
    read: readStructuredData,
  },
  {
    ...anyPage,
    id: "@trawl/product",
    name: "Product",
    description:
      "Name, price, currency, availability, brand, images and rating: from structured data, and else from how product " +
      "pages are made.",
    read: readProduct,
  },
  {
    ...anyPage,
    id: "@trawl/article",
    name: "Article",
    description: "Title, byline, time of publication and the main text as Markdown, found by Readability.",
    read: readArticle,
  },
  {
    ...anyPage,
    id: "@trawl/tables",
    name: "Tables",
    description:
      "The page's tables: caption, headings and rows of text, with cells that span several places in each.",
    read: readTables,
  },
  {
    ...anyPage,
    id: "@trawl/extract-emails",
    aliases: ["@olostep/extract-emails"],
    name: "E-mail addresses",
    description: "E-mail addresses in links and text, those in disguise too.",
    read: readEmails,
  },
  {
    ...anyPage,
    id: "@trawl/extract-socials",
    aliases: ["@olostep/extract-socials"],
    name: "Social profiles",
    description: "Profiles on social networks that the page links to.",
    read: readSocials,
  },
  {
    ...anyPage,
    id: "@trawl/extract-calendars",
    aliases: ["@olostep/extract-calendars"],
    name: "Calendars and events",
    description:
      "Events that the page tells of, and links to calendars: .ics, webcal, Google, Outlook, Yahoo.",
    read: readCalendars,
  },
  {
    ...anyPage,
    id: "@trawl/google-search",
    aliases: ["@olostep/google-search"],
    urlPatterns: ["https://www.google.*/search?**"],
    name: "Google search",
    description: "Results of a Google search: organic results, knowledge panel, questions, related searches.",
    read: readGoogleSearch,
  },
];

/** By its id or one of its aliases. */
export function findBuiltInParser(id: string): BuiltInParser | undefined {
  return builtInParsers.find((parser) => parser.id === id || parser.aliases.includes(id));
}
