/** Captures the page in a tab: its HTML, title and address. */
import { type CapturedHtml, maxFrameDepth, newCapture } from "../content/captured-html.ts";
import { type HtmlSize, memoryOfHtml } from "../content/content-memory.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import captureScript from "./capture.page.js";
import formValues from "./form-values.page.js";
import { pageTooLarge } from "./render-limits.ts";
import type { TabSession } from "./tab-session.ts";

export interface CapturedPage {
  html: CapturedHtml;
  title: string;
  /** The document's own address, as the page's scripts left it. */
  url: string;
}

export interface CaptureLimits {
  /** ms that each command may take. */
  timeoutMs: number;
  maxBytes: number;
  /** Reported if the page is too large. */
  facts: PageFacts;
  /** Called before the rest of a large page is transferred, with the bytes of memory that it will take. */
  reserve(bytes: number): Promise<void>;
}

/** Characters of a page that come with its size: all of an ordinary page. Its memory is not reserved. */
const FIRST_LENGTH = 512 * 1024;
/**
 * Characters of HTML in one of the messages that follow. They are large, and several tabs may have one on the way:
 * Chromium writes each non-ASCII character in six bytes. Beyond 32 MiB, workerd would close the connection.
 */
const WIDE_LENGTH = 1024 * 1024;
const NARROW_LENGTH = 4 * 1024 * 1024;

/** What the page script returns. */
interface CapturedStart {
  /** The first characters. Empty if the page is too large. */
  html: string;
  title: string;
  url: string;
  /** Undefined if this is all of the page. */
  size?: HtmlSize;
}

const script = captureScript
  .replace("__FORM_VALUES__", () => `(${formValues.trimEnd().replace(/;$/, "")})`)
  .replace("__MAX_FRAME_DEPTH__", String(maxFrameDepth))
  .replace("__FIRST_LENGTH__", String(FIRST_LENGTH));

/**
 * Captures the page in the tab.
 *
 * @throws RenderFailure if the page is larger than `maxBytes`, or has broken what capturing needs; what `reserve` throws
 */
export async function capture(
  session: TabSession,
  { timeoutMs, maxBytes, facts, reserve }: CaptureLimits,
): Promise<CapturedPage> {
  const limit = { timeout: timeoutMs };
  const { executionContextId } = await session.send(
    "Page.createIsolatedWorld",
    { frameId: session.frameId, worldName: "trawl" },
    limit,
  );
  const evaluate = (expression: string) =>
    session.send(
      "Runtime.evaluate",
      { expression, contextId: executionContextId, returnByValue: true },
      limit,
    );
  const { markNames, captured } = newCapture();
  const expression = script
    .replace("__MARKS__", JSON.stringify(markNames))
    .replace("__MAX_BYTES__", String(maxBytes));
  const { result, exceptionDetails } = await evaluate(expression);
  if (exceptionDetails) {
    const cause = exceptionDetails.exception?.description ?? exceptionDetails.text;
    throw new RenderFailure("render_failed", `The page could not be captured: ${cause.slice(0, 300)}`, {
      transient: true,
    });
  }
  const { size, ...page } = result.value as CapturedStart;
  if (!size) return { ...page, html: captured(page.html) };
  if (size.bytes > maxBytes) throw pageTooLarge(`${size.bytes} bytes`, maxBytes, facts);
  await reserve(memoryOfHtml(size));
  const slices = [page.html];
  const sliceLength = size.isWide ? WIDE_LENGTH : NARROW_LENGTH;
  for (let at = FIRST_LENGTH; at < size.length; at += sliceLength) {
    const slice = await evaluate(`html.slice(${at}, ${at + sliceLength})`);
    slices.push(slice.result.value);
  }
  return { ...page, html: captured(slices.join("")) };
}
