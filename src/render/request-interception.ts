/**
 * Decides on a tab's requests: pictures, fonts and media are never fetched, though the page believes so (see
 * stand-ins.ts), private addresses are blocked, and each answer that is about to become the tab's document waits for a
 * decision (see document-requests.ts).
 */
import type { CDPEvents } from "@cloudflare/puppeteer";
import type { DocumentRequests } from "./document-requests.ts";
import { installStandIns } from "./stand-ins.ts";
import type { TabSession } from "./tab-session.ts";

/** A request that waits for a decision: before it is sent, or when its answer has arrived. */
export type PausedRequest = CDPEvents["Fetch.requestPaused"];

export interface AddressRules {
  /** URLs to ask `isAllowed` about before they are called, as patterns of the DevTools protocol. */
  suspectUrls: readonly string[];
  isAllowed(url: string): boolean;
}

/** Nobody looks at the page, so fetching these would only cost time. */
const unwantedTypes = ["Image", "Font", "Media"] as const;

/**
 * Most of them can be recognized by their names. Chromium blocks these requests by itself, which saves the 2 ms of
 * processor time that it takes to stop a request once it has been made. SVG is not blocked, because scripts fetch it to
 * put it into the page. Documents are not blocked this way, whatever their names.
 */
const unwantedNames = {
  pictures: ["avif", "bmp", "gif", "ico", "jpeg", "jpg", "png", "webp"],
  fonts: ["otf", "ttf", "woff", "woff2"],
  media: ["mp3", "mp4", "webm"],
};
const unwantedUrls = Object.values(unwantedNames)
  .flat()
  .flatMap((name) => [`*.${name}`, `*.${name}?*`]);

/**
 * Intercepts the tab's requests from now on. `documents` returns the document requests of the page in the tab, or
 * undefined when there is none.
 */
export async function interceptRequests(
  session: TabSession,
  { suspectUrls, isAllowed }: AddressRules,
  documents: () => DocumentRequests | undefined,
): Promise<void> {
  session.on("Fetch.requestPaused", (paused) => {
    decide(paused).catch(() => {
      // The page has gone, and the request with it.
    });
  });

  async function decide(paused: PausedRequest): Promise<void> {
    const hasAnswer = paused.responseStatusCode !== undefined || paused.responseErrorReason !== undefined;
    await (hasAnswer ? decideOnAnswer(paused) : decideOnRequest(paused));
  }

  async function decideOnRequest({
    requestId,
    request,
    resourceType,
    frameId,
  }: PausedRequest): Promise<void> {
    if ((unwantedTypes as readonly string[]).includes(resourceType)) {
      await session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
    } else if (isAllowed(request.url)) {
      await session.send("Fetch.continueRequest", { requestId });
    } else {
      if (resourceType === "Document" && frameId === session.frameId) documents()?.noteBlocked(request.url);
      await session.send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
    }
  }

  async function decideOnAnswer(paused: PausedRequest): Promise<void> {
    const { requestId } = paused;
    const current = documents();
    if (paused.frameId !== session.frameId) await session.send("Fetch.continueRequest", { requestId });
    else if (current?.isOpen) await current.decide(paused);
    // The page has been rendered already. Where it goes does not matter any more.
    else await session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
  }

  const patterns = [
    ...unwantedTypes.map((resourceType) => ({ urlPattern: "*", resourceType })),
    ...suspectUrls.map((urlPattern) => ({ urlPattern })),
    { urlPattern: "*", resourceType: "Document" as const, requestStage: "Response" as const },
  ];
  await Promise.all([
    session.send("Network.setBlockedURLs", { urls: unwantedUrls }),
    session.send("Fetch.enable", { patterns }),
    installStandIns(session, unwantedNames),
  ]);
}
