/** The test site consists of pages, which declare what they show, and routes, which serve everything else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FailureCode } from "../../src/protocol/failure-codes.ts";
import type { WarningCode } from "../../src/protocol/warning-codes.ts";

/** A request to a page or route. */
export interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
  /** The requested URL, with the origin that the client used. */
  url: URL;
  /** Values of the pattern's `:names`. */
  params: Record<string, string>;
  /** Aborts when the client disconnects or the site closes. */
  gone: AbortSignal;
  /** How often this was called with `key` since the site was started or reset, including this call. */
  count(key: string): number;
}

/** A response. The default `content-type` is UTF-8 HTML for strings and `application/octet-stream` for bytes. */
export interface Answer {
  /** Defaults to 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** Responds to a request. Returns nothing if it writes to `visit.response` itself, or never responds. */
// biome-ignore lint/suspicious/noConfusingVoidType: a responder that writes the response itself returns nothing.
export type Respond = (visit: Visit) => Answer | undefined | void | Promise<Answer | undefined | void>;

/** Serves something other than a page: data, images, styles. */
export interface Route {
  /** A `URLPattern` pathname, such as `/api/threads/:id`. */
  pattern: string;
  respond: Respond;
}

export type PageKind =
  | "shop"
  | "docs"
  | "news"
  | "forum"
  | "dashboard"
  | "structure"
  | "spa"
  | "language"
  | "search"
  | "contact"
  | "echo"
  | "plain"
  | "not-html"
  | "fault";

/** What rendering a page must result in. */
export interface Expectation {
  /** HTTP status of the final response, or null if there is none. */
  status: number | null;
  /** Media type in the response's headers. Defaults to `text/html`; empty if there is none. */
  contentType?: string;
  /** Of the response, if neither its headers nor its content tell. */
  encoding?: string;
  /** The item's `error.code`. Absent if the page renders. */
  code?: FailureCode;
  /** The item's `warnings`. Absent if there are none. */
  warnings?: WarningCode[];
  /** It has settled within its time, although it never stops. */
  settles?: true;
  /** `document.title` once the page has settled. */
  title?: string;
  /** Path, query and fragment after all redirects, if they differ from the page's own. */
  finalPath?: string;
  /** Visible text. Each string is within one text node. */
  text?: string[];
  /** Text that is in the HTML at some time but is not content: hidden, replaced by a script, or in a banner. */
  notText?: string[];
  /** Scripts create `text` and `finalPath`. The served HTML has neither. */
  byScript?: boolean;
}

export interface Page {
  /** Path and optional query. */
  path: string;
  /** `URLPattern` pathname that the page is served at. Defaults to its own path. */
  pattern?: string;
  /** Shown in the list of pages. */
  title: string;
  kind: PageKind;
  expect: Expectation;
  respond: Respond;
}
