/** Captures the page in a tab: its HTML, title and address. */
import { type CapturedHtml, maxFrameDepth, newCapture } from "../content/captured-html.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
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

/**
 * Characters of HTML in one message. Chromium writes each non-ASCII character in six bytes, and workerd closes a WebSocket
 * that receives a message of more than 32 MiB, which costs all tabs of the browser.
 */
const SLICE_LENGTH = 4 * 1024 * 1024;

const script = captureScript
  .replace("__FORM_VALUES__", () => `(${formValues.trimEnd().replace(/;$/, "")})`)
  .replace("__MAX_FRAME_DEPTH__", String(maxFrameDepth))
  .replace("__SLICE_LENGTH__", String(SLICE_LENGTH));

/**
 * Captures the page in the tab.
 *
 * @throws RenderFailure if the page is longer than `maxBytes` characters, or has broken what capturing needs
 */
export async function capture(
  session: TabSession,
  timeoutMs: number,
  maxBytes: number,
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
    .replace("__MAX_LENGTH__", String(maxBytes));
  const { result, exceptionDetails } = await evaluate(expression);
  if (exceptionDetails) {
    const cause = exceptionDetails.exception?.description ?? exceptionDetails.text;
    throw new RenderFailure("render_failed", `The page could not be captured: ${cause.slice(0, 300)}`, {
      transient: true,
    });
  }
  const { length, ...page } = result.value as Omit<CapturedPage, "html"> & { html: string; length: number };
  if (length > maxBytes) throw pageTooLarge(`${length} characters`, maxBytes);
  const slices = [page.html];
  for (let at = SLICE_LENGTH; at < length; at += SLICE_LENGTH) {
    const slice = await evaluate(`html.slice(${at}, ${at + SLICE_LENGTH})`);
    slices.push(slice.result.value);
  }
  return { ...page, html: captured(slices.join("")) };
}
