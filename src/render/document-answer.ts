/**
 * The server's answer to the request for a tab's document, as it stands before the browser makes anything of it.
 *
 * HTML goes on to the browser. Of other kinds the browser would make a viewer, a download or nothing at all, so their
 * bytes are taken out here, those that can be kept.
 */
import { Buffer } from "node:buffer";
import { MIMEType } from "whatwg-mimetype";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import { networkFailure } from "./network-failure.ts";
import type { PausedAnswer, Tab } from "./tab.ts";

export interface DocumentAnswer {
  url: string;
  status: number;
  /** Lower case, without parameters; empty if the server does not say. */
  mimeType: string;
  /** As the server says, in lower case. */
  charset: string | undefined;
  /** To be saved, not shown: `Content-Disposition: attachment`. */
  isAttachment: boolean;
  /** Bytes, if the server says. */
  length: number | undefined;
  retryAfter: string | undefined;
}

/** Bytes read from the browser at a time. */
const PIECE_BYTES = 512 * 1024;

export function documentAnswer(paused: PausedAnswer): DocumentAnswer {
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

/** The browser follows it by itself. */
export function isRedirect(paused: PausedAnswer): boolean {
  const isStatus = [301, 302, 303, 307, 308].includes(paused.responseStatusCode ?? 0);
  return isStatus && headerOf(paused, "location") !== undefined;
}

/** The browser shows it as a page. What has no type it looks into, and finds HTML as a rule. */
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
 * The body of a paused answer. It is not shown then.
 *
 * @throws RenderFailure if it is longer than `maxBytes` or breaks off
 */
export async function takeBody(
  tab: Tab,
  { requestId }: PausedAnswer,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  const limit = { timeout: timeoutMs };
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    const { stream: handle } = await tab.send("Fetch.takeResponseBodyAsStream", { requestId }, limit);
    for (let isOver = false; !isOver; ) {
      const { data, base64Encoded, eof } = await tab.send("IO.read", { handle, size: PIECE_BYTES }, limit);
      const piece = Buffer.from(data, base64Encoded ? "base64" : "utf8");
      bytes += piece.byteLength;
      if (bytes > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`, maxBytes);
      pieces.push(piece);
      isOver = eof;
    }
  } catch (thrown) {
    throw thrown instanceof RenderFailure ? thrown : networkFailure("net::ERR_CONNECTION_CLOSED");
  }
  return new Uint8Array(Buffer.concat(pieces, bytes));
}

export function tooLarge(size: string, maxBytes: number, facts: PageFacts = {}): RenderFailure {
  const message = `The page is ${size} long; at most ${maxBytes} are rendered.`;
  return new RenderFailure("page_too_large", message, { facts });
}

function headerOf({ responseHeaders = [] }: PausedAnswer, wanted: string): string | undefined {
  return responseHeaders.find(({ name }) => name.toLowerCase() === wanted)?.value;
}
