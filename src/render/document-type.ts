/** What kind of document a response is, by its headers. If they do not tell, its bytes do: see sniff.ts. */
import type { DocumentAnswer } from "./document-answer.ts";

/**
 * - `page`: HTML, for the browser to show
 * - `file`: text can be read from its bytes
 * - `unstated`: browsers look at its bytes
 * - `download`: browsers save it, but text may be readable from its bytes
 * - `unusable`: text cannot be read from it
 */
export type DocumentKind = "page" | "file" | "unstated" | "download" | "unusable";

/** Types that browsers ignore (MIME Sniffing Standard, section 7). */
const unstatedTypes = ["", "*/*", "unknown/unknown", "application/unknown"];
/** Other types that say nothing but "bytes". */
const bytesType =
  /^(?:x-)?[^/]+\/(?:x-)?(?:octet-?stream|binary|unknown|(?:force-?)?download|save(?:-?as)?)$/;

const pdfType = /^[a-z]+\/(?:x-|vnd\.)?pdf$/;
const textType =
  /^text\/(?!html$)|^[a-z]+\/(?:.+[+-])?(?:xml|yaml|javascript|csv|(?:nd)?json(?:l|-?lines|-seq)?)$/;
const unusableType = /^(?:image|audio|video|font|multipart)\//;

/** The kind, as far as the headers tell. */
export function documentKind({ status, mimeType, isAttachment }: DocumentAnswer): DocumentKind {
  if (status === 204 || status === 205) return "unusable";
  if (!isAttachment && ["text/html", "application/xhtml+xml"].includes(mimeType)) return "page";
  if (pdfType.test(mimeType) || textType.test(mimeType)) return "file";
  if (unstatedTypes.includes(mimeType)) return "unstated";
  return unusableType.test(mimeType) || mimeType === "text/html" ? "unusable" : "download";
}

/** Whether the type says nothing about the content. */
export function saysNothing(mimeType: string): boolean {
  return unstatedTypes.includes(mimeType) || bytesType.test(mimeType);
}

export function isPdf(mimeType: string): boolean {
  return pdfType.test(mimeType);
}
