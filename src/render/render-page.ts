/** Renders one page in a tab: goes to its address, waits until it has settled, and captures what it shows. */
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import { type CapturedPage, capture } from "./capture.ts";
import { networkFailure } from "./network-failure.ts";
import type { PageVisit } from "./page-visit.ts";
import { pageTooLarge } from "./render-limits.ts";
import type { RenderedHtml, RenderedPage } from "./rendered-page.ts";
import { type Settled, settle } from "./settle.ts";
import { isCommandTimeout } from "./tab-session.ts";

/** A page that has left this many documents before they could be captured goes round in circles, and is held where it is. */
const MAX_ROUNDS = 2;
/** If a document could not be captured because it was about to be replaced, it is replaced within this many ms. */
const REPLACED_MS = 500;
/** A document younger than this many ms when its time is up is not waiting for anything: the page goes round in circles. */
const STUCK_MS = 1000;
const unsettled: Settled = { hasSettled: false, isNearlyEmpty: false };

/**
 * The page, after its JavaScript has run.
 *
 * @throws RenderFailure that says why there is none, and whether another attempt may help
 */
export async function renderPage(visit: PageVisit): Promise<RenderedPage> {
  await navigate(visit);
  for (let round = 0; ; round += 1) {
    const settled = visit.watch.isContentLoaded ? await settle(visit) : unsettled;
    checkDocument(visit);
    const { file, shownText } = visit.documents;
    if (file) return file;
    if (shownText) return { ...shownText, encoding: await shownEncoding(visit) };
    const { documentCount } = visit.watch;
    try {
      return await captureHtml(visit, round, settled);
    } catch (thrown) {
      checkDocument(visit);
      if (visit.documents.file) return visit.documents.file;
      if (isCommandTimeout(thrown)) throw visit.documents.timeout("could not be captured");
      if (thrown instanceof RenderFailure || !(await isReplaced(visit, documentCount))) throw thrown;
      // The page has gone on to another document, which is captured instead.
      if (visit.time.isUp) throw visit.documents.timeout("went on from one document to the next");
    }
  }
}

/** Goes to the page and waits until its document has been parsed, or it is clear that it will not be. */
async function navigate(visit: PageVisit): Promise<void> {
  const { watch, documents, time } = visit;
  let answered: { errorText?: string } | undefined;
  let thrown: unknown;
  visit.session
    .send("Page.navigate", { url: visit.url }, { timeout: time.forDocument() })
    .then(
      (answer) => {
        answered = answer;
      },
      (failure) => {
        thrown = failure;
      },
    )
    .finally(() => watch.wake());
  await visit.untilDue(() => answered !== undefined || thrown !== undefined);
  if (visit.failure) throw visit.failure;
  if (documents.file) return;
  if (answered?.errorText) throw failedNavigation(visit, answered.errorText);
  if (thrown !== undefined && !isCommandTimeout(thrown)) throw thrown;
  await visit.untilDue(() => watch.isContentLoaded || isBrokenOff(visit));
  if (visit.failure) throw visit.failure;
  if (documents.file || watch.isContentLoaded) return;
  if (isBrokenOff(visit)) {
    // A browser shows what has arrived, and for the answers of some servers that is all there is.
    const { errorText = "" } = watch;
    if (/CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED/.test(errorText)) return;
    throw networkFailure(errorText, documents.facts());
  }
  // The document waits for a script or a style that does not arrive. What it shows until then can be captured.
  const isStuck = watch.isDocumentOver && Date.now() - watch.documentSince >= STUCK_MS;
  if (!isStuck) throw documents.timeout("did not load");
}

/** The connection ended before the document did. */
function isBrokenOff({ watch }: PageVisit): boolean {
  return watch.errorText !== undefined && !watch.isErrorPage;
}

function failedNavigation({ documents }: PageVisit, errorText: string): RenderFailure {
  if (documents.blockedUrl && errorText.includes("BLOCKED_BY_CLIENT")) {
    const message = `The page leads to ${documents.blockedUrl}, which is not a public address.`;
    return new RenderFailure("blocked_address", message);
  }
  return networkFailure(errorText, documents.answerFacts());
}

/** @throws RenderFailure if rendering has failed, or the tab shows an error page */
function checkDocument(visit: PageVisit): void {
  const { isErrorPage, errorText } = visit.watch;
  if (visit.failure) throw visit.failure;
  if (isErrorPage) throw failedNavigation(visit, errorText ?? "net::ERR_FAILED");
}

/** The encoding in which the browser shows the document. */
async function shownEncoding({ session }: PageVisit): Promise<string> {
  const { result } = await session.send("Runtime.evaluate", { expression: "document.characterSet" });
  return result.value;
}

async function captureHtml(
  visit: PageVisit,
  round: number,
  { hasSettled, isNearlyEmpty }: Settled,
): Promise<RenderedHtml> {
  const { session, watch, documents, time } = visit;
  const { maxBytes } = visit.limits;
  if (round >= MAX_ROUNDS && watch.isContentLoaded) await session.send("Page.stopLoading");
  const page = await capture(session, {
    timeoutMs: time.forCapture(watch.isContentLoaded),
    maxBytes,
    facts: documents.facts(),
    reserve: (bytes) => visit.reserveMemory(bytes),
  });
  checkCaptured(page, visit);
  const warnings: PageFacts["warnings"] = isNearlyEmpty ? ["nearly_empty"] : undefined;
  return { kind: "html", page, hasSettled, warnings, ...documents.facts(page) };
}

/** @throws RenderFailure if this is not the page, or more of it than can be kept */
function checkCaptured(page: CapturedPage, { documents, limits: { maxBytes } }: PageVisit): void {
  if (page.url === "about:blank") {
    const message = "The page left for a blank one.";
    throw new RenderFailure("render_failed", message, { transient: true });
  }
  const { bytes } = page.html;
  if (bytes > maxBytes) throw pageTooLarge(`${bytes} bytes`, maxBytes, documents.facts(page));
}

/** Whether the document has been replaced. The browser may say so a moment after it shows. */
function isReplaced({ watch }: PageVisit, documentCount: number): Promise<boolean> {
  return watch.until(() => watch.documentCount !== documentCount, REPLACED_MS);
}
