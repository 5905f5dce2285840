/**
 * A browser tab in a browser context of its own. It renders one page after another, all of one account.
 *
 * It speaks the DevTools protocol over Puppeteer's connection. Puppeteer's own Page tracks every frame and request, which
 * Trawl does not need. The browser disposes of the context when the connection closes.
 */
import type { Browser, CDPEvents } from "@cloudflare/puppeteer";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import { type Connection, connectionOf } from "./browser-connection.ts";
import type { Emulation } from "./emulation.ts";
import { leavePage } from "./leave-page.ts";
import { PageActivity } from "./page-activity.ts";
import { PageVisit } from "./page-visit.ts";
import { PageWindows } from "./page-windows.ts";
import type { RenderLimits } from "./render-limits.ts";
import { renderPage } from "./render-page.ts";
import type { RenderedPage } from "./rendered-page.ts";
import { type AddressRules, interceptRequests } from "./request-interception.ts";
import { isCommandTimeout, TabSession } from "./tab-session.ts";

/** How long the disposal of a tab's context is waited for, in ms. */
const DISPOSE_TIMEOUT_MS = 1000;

/**
 * Bodies are neither kept nor sent to Trawl. Otherwise, the browser reports all that a page posts in one message. So it
 * does with a `maxPostDataSize` of 0, too.
 */
const networkOptions = { maxTotalBufferSize: 0, maxResourceBufferSize: 0, maxPostDataSize: 1 };

export interface TabOptions extends AddressRules {
  emulation: Emulation;
  /** ms that one command may take */
  commandTimeout: number;
}

export class Tab {
  readonly session: TabSession;
  readonly #browser: Browser;
  readonly #connection: Connection;
  readonly #contextId: string;
  readonly #activity: PageActivity;
  readonly #windows: PageWindows;
  /** The page in the tab. */
  #visit: PageVisit | undefined;

  private constructor(browser: Browser, connection: Connection, contextId: string, session: TabSession) {
    this.session = session;
    this.#browser = browser;
    this.#connection = connection;
    this.#contextId = contextId;
    this.#activity = new PageActivity(session);
    this.#windows = new PageWindows(connection, contextId, session.frameId);
    browser.on("disconnected", this.#lost);
    connection.on("Target.targetDestroyed", this.#targetDestroyed);
  }

  /**
   * Opens a tab in a fresh browser context.
   *
   * @throws TimeLimitError; what the connection throws, such as when the browser has died
   */
  static async open(browser: Browser, options: TabOptions): Promise<Tab> {
    const { commandTimeout } = options;
    try {
      return await Tab.#open(browser, options);
    } catch (thrown) {
      // Puppeteer's own error does not say which step it was.
      throw isCommandTimeout(thrown)
        ? new TimeLimitError(`Opening a tab took longer than ${commandTimeout} ms`)
        : thrown;
    }
  }

  static async #open(browser: Browser, options: TabOptions): Promise<Tab> {
    const { commandTimeout } = options;
    const timeout = { timeout: commandTimeout };
    const inTime = <T>(promise: Promise<T>) => withinTime(commandTimeout, "Opening a tab", promise);
    const connection = await inTime(connectionOf(browser));
    const context = await connection.send("Target.createBrowserContext", { disposeOnDetach: true }, timeout);
    const { browserContextId } = context;
    let tab: Tab | undefined;
    try {
      const created = { url: "about:blank", browserContextId };
      const { targetId } = await connection.send("Target.createTarget", created, timeout);
      const target = { targetId, type: "page", title: "", url: "", attached: false, canAccessOpener: false };
      const session = await inTime(connection.createSession(target));
      tab = new Tab(browser, connection, browserContextId, new TabSession(session, targetId, commandTimeout));
      await tab.#prepare(options);
      return tab;
    } catch (thrown) {
      if (tab) tab.#stop();
      await connection.send("Target.disposeBrowserContext", { browserContextId }, timeout).catch(() => {});
      throw thrown;
    }
  }

  /**
   * Renders the page at `url`. Call `leave()` before the next one.
   *
   * @throws RenderFailure that says why there is no page; TimeLimitError if the rendering hangs; what the connection
   * throws
   */
  async render(url: string, limits: RenderLimits): Promise<RenderedPage> {
    this.#visit?.end();
    const visit = new PageVisit(this.session, this.#activity, url, limits);
    this.#visit = visit;
    try {
      const untilAbandoned = () => visit.time.untilAbandoned();
      const page = await withinTime(untilAbandoned, "Rendering the page", renderPage(visit));
      visit.hasSettled = page.kind === "html" && page.hasSettled;
      return visit.memory ? { ...page, memory: visit.memory } : page;
    } catch (thrown) {
      visit.abandon();
      throw thrown;
    } finally {
      visit.documents.close();
    }
  }

  /**
   * Leaves the page and clears what it has stored, for the next page of the same account.
   *
   * @throws TimeLimitError; what the connection throws. The tab must be closed then
   */
  async leave(): Promise<void> {
    if (!this.#visit) return;
    await leavePage(this.#visit, this.#windows);
    this.#visit.end();
    this.#visit = undefined;
  }

  /**
   * Closes the tab with its context.
   *
   * The page is closed first, and the context's answer is not waited for long: Browser Run was seen never to answer when
   * a context with an open page was disposed of (github.com/cloudflare/puppeteer/issues/97), which does not mean that
   * the browser is broken. What is left of the context goes when the connection closes.
   *
   * @throws Error if the browser does not answer
   */
  async close(): Promise<void> {
    this.#stop();
    const targetId = this.session.frameId;
    const closing = this.#connection.send(
      "Target.closeTarget",
      { targetId },
      { timeout: this.session.commandTimeout },
    );
    await closing.catch(throwTimeout);
    const browserContextId = this.#contextId;
    const disposing = this.#connection.send(
      "Target.disposeBrowserContext",
      { browserContextId },
      { timeout: DISPOSE_TIMEOUT_MS },
    );
    await disposing.catch(() => {});
  }

  async #prepare({ emulation, ...addressRules }: TabOptions): Promise<void> {
    const { session } = this;
    const browserContextId = this.#contextId;
    session.on("Page.javascriptDialogOpening", ({ type }) => {
      // Nobody is there to answer. Only leaving the page is confirmed, since it is the tab that leaves.
      const accept = type === "beforeunload";
      session.send("Page.handleJavaScriptDialog", { accept }).catch(() => {});
    });
    await Promise.all([
      session.send("Page.enable"),
      session.send("Network.enable", networkOptions),
      interceptRequests(session, addressRules, () => this.#visit?.documents),
      session.send("Inspector.enable"),
      this.#activity.install(),
      session.send("Emulation.setFocusEmulationEnabled", { enabled: true }),
      this.#connection.send("Browser.setDownloadBehavior", { behavior: "deny", browserContextId }),
      this.#connection.send("Browser.grantPermissions", {
        permissions: emulation.permissions,
        browserContextId,
      }),
      ...emulation.commands.map(([method, params]) => session.send(method, params)),
    ]);
  }

  #stop(): void {
    this.#visit?.end();
    this.#windows.stop();
    this.#browser.off("disconnected", this.#lost);
    this.#connection.off("Target.targetDestroyed", this.#targetDestroyed);
  }

  readonly #targetDestroyed = ({ targetId }: CDPEvents["Target.targetDestroyed"]): void => {
    if (targetId === this.session.frameId) this.#lost();
  };

  readonly #lost = (): void => {
    const message = "The browser or its tab was lost while the page was being rendered.";
    this.#visit?.fail(new RenderFailure("page_crashed", message, { transient: true }));
  };
}

/** A page that has gone by itself cannot be closed, which is as good. */
function throwTimeout(thrown: unknown): void {
  if (isCommandTimeout(thrown)) throw thrown;
}
