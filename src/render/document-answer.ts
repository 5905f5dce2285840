/** The headers of the server's answer to the request for a tab's document, before the browser does anything with it. */
import { MIMEType } from "whatwg-mimetype";
import type { PausedRequest } from "./request-interception.ts";

export interface DocumentAnswer {
  url: string;
  status: number;
  /** As the server states it. Empty if it does not. */
  contentType: string;
  /** Lower case, without parameters. Empty if the server does not state it, or not as a MIME type. */
  mimeType: string;
  /** As the server states it, in lower case. */
  charset: string | undefined;
  /** To be saved, not shown: `Content-Disposition: attachment`. */
  isAttachment: boolean;
  /** The name to save it under, or else the end of the URL's path. */
  fileName: string;
  /** The content must not be taken for another type: `X-Content-Type-Options: nosniff`. */
  forbidsSniffing: boolean;
  /** Bytes, if the server states it. */
  length: number | undefined;
  /** `length` is that of the compressed content. */
  isCompressed: boolean;
  retryAfter: string | undefined;
}

export function documentAnswer(paused: PausedRequest): DocumentAnswer {
  const { url, urlFragment = "" } = paused.request;
  const contentType = headerOf(paused, "content-type") ?? "";
  const parsed = MIMEType.parse(contentType);
  const disposition = headerOf(paused, "content-disposition") ?? "";
  const length = Number(headerOf(paused, "content-length"));
  return {
    url: url + urlFragment,
    status: paused.responseStatusCode ?? 0,
    contentType,
    mimeType: parsed?.essence ?? leadingType(contentType),
    charset: parsed?.parameters.get("charset")?.toLowerCase(),
    isAttachment: /^\s*attachment/i.test(disposition),
    fileName: /;\s*filename\*?\s*=\s*"?([^";]+)/i.exec(disposition)?.[1] ?? lastOfPath(url),
    forbidsSniffing: /^\s*nosniff\b/i.test(headerOf(paused, "x-content-type-options") ?? ""),
    length: Number.isSafeInteger(length) ? length : undefined,
    isCompressed: headerOf(paused, "content-encoding") !== undefined,
    retryAfter: headerOf(paused, "retry-after"),
  };
}

/** The type in a value that is not quite one, such as `text/html charset=utf-8`. Browsers read it the same way. */
function leadingType(contentType: string): string {
  return /^\s*([\w.+-]+\/[\w.+-]+)[\s,;(]/.exec(contentType)?.[1]?.toLowerCase() ?? "";
}

/** The browser follows a redirect by itself. */
export function isRedirect(paused: PausedRequest): boolean {
  const isStatus = [301, 302, 303, 307, 308].includes(paused.responseStatusCode ?? 0);
  return isStatus && headerOf(paused, "location") !== undefined;
}

function headerOf({ responseHeaders = [] }: PausedRequest, wanted: string): string | undefined {
  return responseHeaders.find(({ name }) => name.toLowerCase() === wanted)?.value;
}

function lastOfPath(url: string): string {
  return new URL(url).pathname.split("/").at(-1) ?? "";
}
