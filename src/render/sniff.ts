/**
 * Recognizes what a document is by its bytes, as the MIME Sniffing Standard does (mimesniff.spec.whatwg.org, section 7.1).
 *
 * Pictures, sounds, fonts and archives have binary data bytes, so they need no table of signatures here.
 */
import type { DocumentAnswer } from "./document-answer.ts";
import { documentKind, isPdf, saysNothing } from "./document-type.ts";

/** Bytes that tell what a document is: the standard's resource header. */
export const HEAD_BYTES = 1445;

const htmlStart =
  /^[\t\n\f\r ]*<(?:!--|(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>])/i;
const xmlStart = /^[\t\n\f\r ]*<\?xml/;
/** The standard expects it at the start. PDF readers also accept it after line feeds that a script has put there. */
const pdfStart = /^(?:ï»¿)?\s*%PDF-/;
/** Formats that are written as text without being one: PostScript and RTF. */
const notText = /^(?:%!PS-Adobe-|\{\\rtf)/;
const byteOrderMark = /^(?:þÿ|ÿþ|ï»¿)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the standard calls binary data bytes.
const binaryByte = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/;

/** An XML declaration, and then HTML. */
const xhtmlStart = /^\s*<\?xml[^>]*>\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b/is;

/** What servers send for text that has no other type, by mistake also for other content (section 4.6). */
const defaultedText = /^text\/plain(?:; charset=(?:ISO-8859-1|iso-8859-1|UTF-8))?$/;

/**
 * The MIME type of a response that is not shown as a page by its headers, or undefined if no text can be read from it.
 * `text/html` means that the browser may show it.
 *
 * @param head its first HEAD_BYTES
 */
export function sniffedType(answer: DocumentAnswer, head: Uint8Array): string | undefined {
  const { mimeType, contentType } = answer;
  const start = new TextDecoder("latin1").decode(head.subarray(0, HEAD_BYTES));
  if (isPdf(mimeType) || pdfStart.test(start)) return "application/pdf";
  const isText = byteOrderMark.test(start) || !binaryByte.test(start);
  if (documentKind(answer) === "file")
    return isText || !defaultedText.test(contentType) ? mimeType : undefined;
  if (!isText || notText.test(start)) return undefined;
  if (!saysNothing(mimeType)) return mimeType;
  const isHtml = htmlStart.test(start) || xhtmlStart.test(start);
  // The server says that its bytes must not be taken for a page, with its scripts, by guessing.
  if (isHtml && !answer.forbidsSniffing) return answer.isAttachment ? undefined : "text/html";
  return xmlStart.test(start) ? "text/xml" : "text/plain";
}
