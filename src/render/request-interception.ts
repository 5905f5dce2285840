/**
 * Decides on a tab's requests: pictures, fonts and media are never fetched, private addresses are blocked, and each
 * answer that is about to become the tab's document waits for a decision (see document-requests.ts).
 */
import type { CDPEvents } from "@cloudflare/puppeteer";
import type { DocumentRequests } from "./document-requests.ts";
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
 * Most of them can be told by their names already. Chromium drops these requests by itself, while stopping a request
 * once it has been made takes 2 ms of the processor's time. SVG is not among them: scripts fetch it to put it into the
 * page. Documents are not dropped this way, whatever their names.
 */
const unwantedUrls = "avif bmp gif ico jpeg jpg png webp otf ttf woff woff2 mp3 mp4 webm"
  .split(" ")
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
    const { requestId, request, resourceType } = paused;
    const ofDocument = paused.frameId === session.frameId;
    if (paused.responseStatusCode !== undefined || paused.responseErrorReason !== undefined) {
      if (!ofDocument) await session.send("Fetch.continueRequest", { requestId });
      else if (documents()?.isOpen) await documents()?.decide(paused);
      // The page has been left. Where it goes does not matter any more.
      else await session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
    } else if ((unwantedTypes as readonly string[]).includes(resourceType)) {
      await session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
    } else if (isAllowed(request.url)) {
      await session.send("Fetch.continueRequest", { requestId });
    } else {
      if (resourceType === "Document" && ofDocument) documents()?.noteBlocked(request.url);
      await session.send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
    }
  }

  const patterns = [
    ...unwantedTypes.map((resourceType) => ({ urlPattern: "*", resourceType })),
    ...suspectUrls.map((urlPattern) => ({ urlPattern })),
    { urlPattern: "*", resourceType: "Document" as const, requestStage: "Response" as const },
  ];
  await Promise.all([
    session.send("Network.setBlockedURLs", { urls: unwantedUrls }),
    session.send("Fetch.enable", { patterns }),
  ]);
}
