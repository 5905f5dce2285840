/** What the test web site is made of: pages, which say what is to be seen on them, and routes, which only serve. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FailureCode } from "../../src/protocol/failure-codes.ts";

/** One request, as a page or route sees it. */
export interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
  /** The address asked for; its origin is the one that the client used. */
  url: URL;
  /** Values of the pattern's `:names`. */
  params: Record<string, string>;
  /** Aborts when the client has gone, or the site closes. */
  gone: AbortSignal;
  /** How often this was called with `key` since the site started or was reset, this call included. */
  count(key: string): number;
}

/** What is sent. Without a `content-type`, strings go out as UTF-8 HTML and bytes as `application/octet-stream`. */
export interface Answer {
  /** 200 if absent. */
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** Answers a request. Who returns nothing has written to `visit.response`, or means never to. */
// biome-ignore lint/suspicious/noConfusingVoidType: a responder that writes for itself has nothing to return.
export type Respond = (visit: Visit) => Answer | undefined | void | Promise<Answer | undefined | void>;

/** Serves something that nobody asks to have rendered: data, pictures, styles. */
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

/** What whoever renders a page must find. */
export interface Expectation {
  /** HTTP status of the answer that the browser ends on; null when no answer arrives. */
  status: number | null;
  /** Media type that the answer declares; `text/html` if absent, empty if it declares none. */
  contentType?: string;
  /** `error.code` of the item; absent when the page renders. */
  code?: FailureCode;
  /** `document.title` once the page has settled. */
  title?: string;
  /** Path, query and fragment that the browser ends on, when they are not the page's own. */
  finalPath?: string;
  /** Visible text, each within one text node. */
  text?: string[];
  /** Text that is in the HTML at some time and is no content: hidden, replaced by a script, or a banner. */
  notText?: string[];
  /** `text` and `finalPath` come about through the page's scripts: what is served has neither. */
  byScript?: boolean;
}

export interface Page {
  /** Path, and query if it has one. */
  path: string;
  /** `URLPattern` pathname of all that it answers; its own path if absent. */
  pattern?: string;
  /** What it is, for people who read a list of pages. */
  title: string;
  kind: PageKind;
  expect: Expectation;
  respond: Respond;
}
