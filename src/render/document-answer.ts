/**
 * The server's answer to the request for a tab's document, before the browser does anything with it: what kind it is,
 * and its body if it is a file.
 */
import { Buffer } from "node:buffer";
import { MIMEType } from "whatwg-mimetype";
import { RenderFailure } from "../protocol/render-failure.ts";
import { networkFailure } from "./network-failure.ts";
import { pageTooLarge } from "./render-limits.ts";
import type { PausedRequest } from "./request-interception.ts";
import type { TabSession } from "./tab-session.ts";

export interface DocumentAnswer {
  url: string;
  status: number;
  /** Lower case, without parameters; empty if the server does not state it. */
  mimeType: string;
  /** As the server states it, in lower case. */
  charset: string | undefined;
  /** To be saved, not shown: `Content-Disposition: attachment`. */
  isAttachment: boolean;
  /** Bytes, if the server states it. */
  length: number | undefined;
  retryAfter: string | undefined;
}

/** Bytes read from the browser at a time. */
const CHUNK_BYTES = 512 * 1024;

export function documentAnswer(paused: PausedRequest): DocumentAnswer {
  const { url, urlFragment = "" } = paused.request;
  const type = headerOf(paused, "content-type");
  const parsed = type === undefined ? null : MIMEType.parse(type);
  const length = Number(headerOf(paused, "content-length"));
  return {
    url: url + urlFragment,
    status: paused.responseStatusCode ?? 0,
    mimeType: parsed?.essence ?? "",
    charset: parsed?.parameters.get("charset")?.toLowerCase(),
    isAttachment: /^\s*attachment/i.test(headerOf(paused, "content-disposition") ?? ""),
    length: Number.isSafeInteger(length) ? length : undefined,
    retryAfter: headerOf(paused, "retry-after"),
  };
}

/** The browser follows a redirect by itself. */
export function isRedirect(paused: PausedRequest): boolean {
  const isStatus = [301, 302, 303, 307, 308].includes(paused.responseStatusCode ?? 0);
  return isStatus && headerOf(paused, "location") !== undefined;
}

/** The browser shows the answer as a page. If it has no type, the browser guesses one, and finds HTML as a rule. */
export function isPage({ mimeType, isAttachment }: DocumentAnswer): boolean {
  return !isAttachment && ["text/html", "application/xhtml+xml", ""].includes(mimeType);
}

/** Not a page, but its bytes can be kept: text of all kinds, JSON, XML, PDF. */
export function isFile({ mimeType }: DocumentAnswer): boolean {
  return (
    (mimeType.startsWith("text/") && mimeType !== "text/html") ||
    /^[a-z]+\/(?:.+\+)?(?:json|xml)$/.test(mimeType) ||
    /^application\/(?:pdf|x-ndjson|(?:x-)?javascript|(?:x-)?yaml)$/.test(mimeType)
  );
}

/**
 * Takes the body out of a paused answer. The browser cannot show it any more then.
 *
 * @throws RenderFailure if it is longer than `maxBytes`, or the connection breaks off
 */
export async function takeBody(
  session: TabSession,
  { requestId }: PausedRequest,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  const limit = { timeout: timeoutMs };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    const { stream: handle } = await session.send("Fetch.takeResponseBodyAsStream", { requestId }, limit);
    for (let isOver = false; !isOver; ) {
      const { data, base64Encoded, eof } = await session.send(
        "IO.read",
        { handle, size: CHUNK_BYTES },
        limit,
      );
      const chunk = Buffer.from(data, base64Encoded ? "base64" : "utf8");
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw pageTooLarge(`more than ${maxBytes} bytes`, maxBytes);
      chunks.push(chunk);
      isOver = eof;
    }
  } catch (thrown) {
    throw thrown instanceof RenderFailure ? thrown : networkFailure("net::ERR_CONNECTION_CLOSED");
  }
  return new Uint8Array(Buffer.concat(chunks, bytes));
}

function headerOf({ responseHeaders = [] }: PausedRequest, wanted: string): string | undefined {
  return responseHeaders.find(({ name }) => name.toLowerCase() === wanted)?.value;
}
