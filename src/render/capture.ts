/** Takes the rendered page out of the tab. */
import captureScript from "./capture.page.js";
import { RenderFailure } from "./failure.ts";
import type { Tab } from "./tab.ts";

export interface CapturedPage {
  /** The document as it stands, serialised. */
  html: string;
  title: string;
  /** The document's own address, as the page's scripts left it. */
  url: string;
  /** What relative links resolve against. */
  baseUrl: string;
  /** Every a[href] and area[href] in document order, `href` as the page writes it; null when not asked for. */
  anchors: { href: string; text: string }[] | null;
}

/** The page in the tab. @throws RenderFailure when the page does not let itself be read */
export async function capture(tab: Tab, wantsLinks: boolean, timeoutMs: number): Promise<CapturedPage> {
  const limit = { timeout: timeoutMs };
  const { executionContextId } = await tab.send(
    "Page.createIsolatedWorld",
    { frameId: tab.frameId, worldName: "trawl" },
    limit,
  );
  const { result, exceptionDetails } = await tab.send(
    "Runtime.evaluate",
    {
      expression: captureScript.replace("__WANTS_LINKS__", String(wantsLinks)),
      contextId: executionContextId,
      returnByValue: true,
    },
    limit,
  );
  if (exceptionDetails) {
    const cause = exceptionDetails.exception?.description ?? exceptionDetails.text;
    throw new RenderFailure("render_failed", `The page could not be read: ${cause.slice(0, 300)}`, {
      transient: true,
    });
  }
  return result.value as CapturedPage;
}
