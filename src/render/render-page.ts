/**
 * Renders one page in a tab: goes there, waits until it has settled, and takes what it shows.
 */
import { type CapturedPage, capture } from "./capture.ts";
import { networkFailure, RenderFailure, statusFailure } from "./failure.ts";
import { type DocumentResponse, PageWatch } from "./page-watch.ts";
import type { PageFacts } from "./report.ts";
import { settle } from "./settle.ts";
import type { Tab } from "./tab.ts";

export interface RenderLimits {
  /** ms until the document has been parsed */
  navigationTimeout: number;
  /** ms from then until it has settled */
  settleTimeout: number;
  /** ms without activity that count as quiet */
  settleQuiet: number;
  /** bytes */
  maxBytes: number;
}

export type RenderedPage = PageFacts & { httpStatus: number } & (
    | { kind: "html"; page: CapturedPage }
    /** Not HTML, but something that can be kept: the answer's bytes, its type in lower case, and what it says of its encoding. */
    | { kind: "file"; mimeType: string; charset: string | undefined; body: Uint8Array }
  );

export interface Rendering {
  result: RenderedPage;
  /** Where the page can have stored something: for the tab's clear(). */
  origins: ReadonlySet<string>;
}

/**
 * The page at `url`, after its JavaScript ran.
 *
 * @throws RenderFailure that says why there is none, and whether another attempt may help
 */
export async function renderPage(
  tab: Tab,
  url: string,
  limits: RenderLimits,
  options: { wantsLinks: boolean },
): Promise<Rendering> {
  const watch = new PageWatch(tab.session, tab.frameId, limits.maxBytes);
  try {
    await navigate(tab, watch, url, limits.navigationTimeout);
    const first = documentResponse(watch, url);
    if (!isHtml(first.mimeType)) {
      return { result: await readBody(tab, first, url, limits.maxBytes), origins: watch.origins };
    }
    await settle(tab, watch, { quiet: limits.settleQuiet, timeout: limits.settleTimeout });
    if (watch.failure) throw watch.failure;
    const response = documentResponse(watch, url, first);
    const page = await capture(tab, options.wantsLinks, limits.navigationTimeout);
    const facts = factsOf(response, url, page);
    const bytes = new TextEncoder().encode(page.html).byteLength;
    if (bytes > limits.maxBytes) {
      const message = `The rendered page is ${bytes} bytes long; at most ${limits.maxBytes} are kept.`;
      throw new RenderFailure("page_too_large", message, { facts });
    }
    return { result: { kind: "html", page, ...facts }, origins: watch.origins };
  } finally {
    watch.stop();
  }
}

/** Goes to the page and waits until its document has been parsed. */
async function navigate(tab: Tab, watch: PageWatch, url: string, timeoutMs: number): Promise<void> {
  const endsAt = Date.now() + timeoutMs;
  let errorText: string | undefined;
  let commandFailure: unknown;
  let isAnswered = false;
  tab
    .send("Page.navigate", { url }, { timeout: timeoutMs })
    .then(
      (answer) => {
        errorText = answer.errorText;
      },
      (thrown) => {
        commandFailure = thrown;
      },
    )
    .finally(() => {
      isAnswered = true;
      watch.wake();
    });
  const isOver = () => watch.failure !== undefined || isAnswered;
  await watch.until(isOver, timeoutMs);
  if (watch.failure) throw watch.failure;
  if (errorText) throw failedNavigation(tab, watch, url, errorText);
  const isParsed = () =>
    watch.failure !== undefined ||
    watch.isContentLoaded ||
    (watch.response !== undefined && !isHtml(watch.response.mimeType));
  const parsed = isAnswered && (await watch.until(isParsed, endsAt - Date.now()));
  if (watch.failure) throw watch.failure;
  if (parsed) return;
  if (commandFailure && Date.now() < endsAt - 50) {
    throw new RenderFailure("page_crashed", "The browser was lost while the page was loading.", {
      transient: true,
    });
  }
  throw new RenderFailure("timeout", `The page did not load within ${timeoutMs / 1000} s.`, {
    transient: true,
    facts: watch.response ? factsOf(watch.response, url) : {},
  });
}

function failedNavigation(tab: Tab, watch: PageWatch, url: string, errorText: string): RenderFailure {
  if (tab.blockedUrl) {
    return new RenderFailure(
      "blocked_address",
      `The page leads to ${tab.blockedUrl}, which is not a public address.`,
    );
  }
  const { response } = watch;
  if (!response) return networkFailure(errorText);
  const facts = factsOf(response, url);
  if (response.status >= 400) return statusFailure(response.status, response.headers["retry-after"], facts);
  // A document that Chromium would download, or one without a body, is aborted.
  if (errorText === "net::ERR_ABORTED") {
    if (response.status === 204 || response.status === 205) {
      return new RenderFailure("invalid_response", `The server answered ${response.status}: no content.`, {
        facts,
      });
    }
    return unsupported(response, facts);
  }
  return networkFailure(errorText, facts);
}

/** The answer that the document now in the tab came with. */
function documentResponse(watch: PageWatch, url: string, earlier?: DocumentResponse): DocumentResponse {
  const response = watch.response ?? earlier;
  if (!response) throw networkFailure(watch.errorText ?? "net::ERR_FAILED");
  if (response.status >= 400) {
    throw statusFailure(response.status, response.headers["retry-after"], factsOf(response, url));
  }
  return response;
}

function isHtml(mimeType: string): boolean {
  return mimeType === "text/html" || mimeType === "application/xhtml+xml" || mimeType === "";
}

/** MIME types whose body is text that can be kept as it is. */
function isText(mimeType: string): boolean {
  return (
    mimeType.startsWith("text/") ||
    /^application\/(?:.+\+)?(?:json|xml|x-ndjson|javascript|yaml)$/.test(mimeType)
  );
}

async function readBody(
  tab: Tab,
  response: DocumentResponse,
  url: string,
  maxBytes: number,
): Promise<RenderedPage> {
  const facts = factsOf(response, url);
  if (!isText(response.mimeType)) throw unsupported(response, facts);
  const { body, base64Encoded } = await tab.send("Network.getResponseBody", {
    requestId: response.requestId,
  });
  const bytes = base64Encoded
    ? Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
    : new TextEncoder().encode(body);
  if (bytes.byteLength > maxBytes) {
    throw new RenderFailure("page_too_large", `The page is longer than ${maxBytes} bytes.`, { facts });
  }
  const charset = base64Encoded ? undefined : "utf-8";
  return { kind: "file", mimeType: response.mimeType, charset, body: bytes, ...facts };
}

function unsupported({ mimeType, headers }: DocumentResponse, facts: PageFacts): RenderFailure {
  const attachment = headers["content-disposition"]?.startsWith("attachment") ? ", as a download" : "";
  const message = `The server sent ${mimeType || "content of no stated type"}${attachment}, which cannot be rendered.`;
  return new RenderFailure("unsupported_content_type", message, { facts });
}

function factsOf(
  response: DocumentResponse,
  url: string,
  page?: CapturedPage,
): PageFacts & { httpStatus: number } {
  const finalUrl = page?.url ?? response.url;
  return {
    httpStatus: response.status,
    ...(sameDocument(finalUrl, url) ? {} : { finalUrl }),
    ...(page?.title ? { title: page.title } : {}),
  };
}

function sameDocument(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}
