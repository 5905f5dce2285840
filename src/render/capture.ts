/** Takes the rendered page out of the tab. */
import captureScript from "./capture.page.js";
import { maxFrameDepth } from "./extract/flatten.ts";
import { markNames, markToken } from "./extract/marks.ts";
import { RenderFailure } from "./failure.ts";
import type { Tab } from "./tab.ts";

export interface CapturedPage {
  /** The document as it stands, serialised and marked: flattenHtml() and takeMarks() make of it what is kept. */
  html: string;
  /** That of the marks in it: see extract/marks.ts. */
  token: string;
  title: string;
  /** The document's own address, as the page's scripts left it. */
  url: string;
}

const script = captureScript.replace("__MAX_FRAME_DEPTH__", String(maxFrameDepth));

/** The page in the tab. @throws RenderFailure when the page does not let itself be read */
export async function capture(tab: Tab, timeoutMs: number): Promise<CapturedPage> {
  const limit = { timeout: timeoutMs };
  const { executionContextId } = await tab.send(
    "Page.createIsolatedWorld",
    { frameId: tab.frameId, worldName: "trawl" },
    limit,
  );
  const token = markToken();
  const expression = script.replace("__MARKS__", JSON.stringify(markNames(token)));
  const { result, exceptionDetails } = await tab.send(
    "Runtime.evaluate",
    { expression, contextId: executionContextId, returnByValue: true },
    limit,
  );
  if (exceptionDetails) {
    const cause = exceptionDetails.exception?.description ?? exceptionDetails.text;
    throw new RenderFailure("render_failed", `The page could not be read: ${cause.slice(0, 300)}`, {
      transient: true,
    });
  }
  return { ...(result.value as Omit<CapturedPage, "token">), token };
}
