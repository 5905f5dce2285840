/**
 * The parsers that every account can use. They are written in code, because a definition (see definition.ts) can only select
 * elements. Ids begin with `@trawl/`; the aliases are the ids of the same parsers in Olostep's API, whose clients may send them.
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
  /** Price of a successful page, in credits. */
  credits: number;
  /** The pages it is meant for. If empty, any page. */
  urlPatterns: readonly string[];
  /** Returns undefined if the page has nothing that the parser extracts. @throws ParserFailed */
  read(page: ParserPage): Json | undefined;
}

const anyPage = { aliases: [], version: 1, credits: 1, urlPatterns: [] };

export const builtInParsers: readonly BuiltInParser[] = [
  {
    ...anyPage,
    id: "@trawl/metadata",
    name: "Metadata",
    description:
      "Metadata in the page's head: title, description, canonical URL, language, Open Graph, Twitter card, icons, feeds.",
    read: readMetadata,
  },
  {
    ...anyPage,
    id: "@trawl/structured-data",
    name: "Structured data",
    description: "All JSON-LD, Microdata and RDFa of the page, in one format.",
    read: readStructuredData,
  },
  {
    ...anyPage,
    id: "@trawl/product",
    name: "Product",
    description:
      "Name, price, currency, availability, brand, images and rating: from structured data, or else recognized by how " +
      "product pages are usually built.",
    read: readProduct,
  },
  {
    ...anyPage,
    id: "@trawl/article",
    name: "Article",
    description: "Title, byline, publication time, and the main text as Markdown, found with Readability.",
    read: readArticle,
  },
  {
    ...anyPage,
    id: "@trawl/tables",
    name: "Tables",
    description:
      "The page's tables: caption, headings and rows of text. A cell that spans several places is repeated in each.",
    read: readTables,
  },
  {
    ...anyPage,
    id: "@trawl/extract-emails",
    aliases: ["@olostep/extract-emails"],
    name: "Email addresses",
    description: "Email addresses in links and text, including obfuscated ones.",
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
    description: "Events on the page, and links to calendars: .ics, webcal, Google, Outlook, Yahoo.",
    read: readCalendars,
  },
  {
    ...anyPage,
    id: "@trawl/google-search",
    aliases: ["@olostep/google-search"],
    urlPatterns: ["https://www.google.*/search?**"],
    name: "Google search",
    description: "A Google results page: organic results, knowledge panel, questions, related searches.",
    read: readGoogleSearch,
  },
];

/** Finds a parser by its id or one of its aliases. */
export function findBuiltInParser(id: string): BuiltInParser | undefined {
  return builtInParsers.find((parser) => parser.id === id || parser.aliases.includes(id));
}
