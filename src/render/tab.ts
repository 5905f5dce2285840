/**
 * One browser tab in a browser context of its own, used for one page after another of one account.
 *
 * It talks to the browser through Puppeteer's connection in the DevTools protocol itself: Puppeteer's own Page keeps
 * books on every frame and request that Trawl has no use for. The context goes when the connection goes.
 */
import type { Browser, CDPEvents, CDPSession } from "@cloudflare/puppeteer";
import { withinTime } from "../time-limit.ts";
import activityScript from "./activity.page.js";
import type { PageLook } from "./page-look.ts";
import { PageWatch } from "./page-watch.ts";

type Connection = NonNullable<ReturnType<CDPSession["connection"]>>;

/** An answer that has come to a request for a document, and waits for what is to be done with it. */
export type PausedAnswer = CDPEvents["Fetch.requestPaused"];

/** What is fetched for a page that nobody looks at would only cost time. */
const unwantedTypes = ["Image", "Font", "Media"] as const;
/**
 * Most of it can be told by its name already, and is never asked for then: to stop a request once it has been made takes
 * two milliseconds of the processor's time. Not SVG, which scripts fetch to put into the page. Documents are not stopped
 * so, whatever their name.
 */
const unwantedUrls = "avif bmp gif ico jpeg jpg png webp otf ttf woff woff2 mp3 mp4 webm"
  .split(" ")
  .flatMap((name) => [`*.${name}`, `*.${name}?*`]);
/** All that a page can leave behind, but for caches of what was compiled, which take long to clear and tell nothing. */
const storageTypes =
  "cookies,local_storage,indexeddb,cache_storage,service_workers,file_systems,storage_buckets,shared_storage,interest_groups";

export interface TabOptions {
  look: PageLook;
  /** URLs to stop and ask `isAllowed` about, as patterns of the DevTools protocol. */
  suspectUrls: readonly string[];
  isAllowed(url: string): boolean;
  /** ms that one command may take */
  commandTimeout: number;
}

export class Tab {
  readonly session: CDPSession;
  readonly frameId: string;
  /** A request of the page that was stopped because its address is not public. */
  blockedUrl: string | undefined;
  /** Decides on answers that are to become the tab's document. Without it they come to nothing. */
  onAnswer: ((answer: PausedAnswer) => Promise<void>) | undefined;
  /** Nothing of the page is under way any more: told by who rendered it, for `clear()`. */
  isQuiet = false;
  /** Told when the browser, or the connection to it, has gone. */
  onLost: (() => void) | undefined;
  readonly #browser: Browser;
  readonly #connection: Connection;
  readonly #contextId: string;
  readonly #options: TabOptions;
  /** Names what activity.page.js offers. */
  readonly #activityKey = crypto.randomUUID();
  /** The page has had frames, or written its document anew: what it may still do is not all known. */
  #isIntricate = false;
  #hasScriptsOff = false;

  private constructor(
    browser: Browser,
    connection: Connection,
    contextId: string,
    session: CDPSession,
    frameId: string,
    options: TabOptions,
  ) {
    this.#browser = browser;
    this.#connection = connection;
    this.#contextId = contextId;
    this.session = session;
    this.frameId = frameId;
    this.#options = options;
  }

  /** Opens a tab in a fresh browser context. @throws what the connection throws, such as when the browser has died */
  static async open(browser: Browser, options: TabOptions): Promise<Tab> {
    const connection = await connectionOf(browser);
    const timeout = { timeout: options.commandTimeout };
    const { browserContextId } = await connection.send(
      "Target.createBrowserContext",
      { disposeOnDetach: true },
      timeout,
    );
    const { targetId } = await connection.send(
      "Target.createTarget",
      { url: "about:blank", browserContextId },
      timeout,
    );
    const session = await connection.createSession({
      targetId,
      type: "page",
      title: "",
      url: "about:blank",
      attached: false,
      canAccessOpener: false,
    });
    const tab = new Tab(browser, connection, browserContextId, session, targetId, options);
    await tab.#prepare();
    return tab;
  }

  /** Sends a command to the page. @throws Error if it takes longer than the tab's command timeout or `timeout` ms */
  send: CDPSession["send"] = (method, params, options) =>
    this.session.send(method, params, options ?? { timeout: this.#options.commandTimeout });

  /**
   * Calls what activity.page.js offers. Undefined if the page has broken it.
   *
   * @throws as `send`, and when the document goes away meanwhile
   */
  async ask<T>(call: string, options?: { timeout: number }): Promise<T | undefined> {
    const expression = `window[Symbol.for("${this.#activityKey}")].${call}`;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", params, options);
    return exceptionDetails ? undefined : (result.value as T);
  }

  /** Has the answer become the tab's document. */
  async show({ requestId }: PausedAnswer): Promise<void> {
    if (this.#hasScriptsOff) {
      await this.send("Emulation.setScriptExecutionDisabled", { value: false });
      this.#hasScriptsOff = false;
    }
    await this.send("Fetch.continueRequest", { requestId });
  }

  /** Leaves the page and clears what it stored, so that the next one finds a fresh browser. */
  async clear(): Promise<void> {
    this.onAnswer = undefined;
    // First the page's scripts have to end: until then it can go on storing.
    if (!(await this.#silence())) await this.#goToBlank();
    await Promise.all([
      // Every origin's: frames of others have stored something, too.
      this.send("Storage.clearDataForOrigin", { origin: "*", storageTypes }),
      this.send("Page.resetNavigationHistory"),
    ]);
    this.isQuiet = false;
    this.#isIntricate = false;
    this.blockedUrl = undefined;
  }

  /**
   * Switches the page's scripts off until the next document takes its place. Answers whether that is the end of them. Only
   * promises go on by themselves, and of a quiet page none is known to be left open.
   *
   * A blank page would do for all pages alike, but takes a fifth of the processor time that a page takes.
   */
  async #silence(): Promise<boolean> {
    if (!this.isQuiet || this.#isIntricate) return false;
    this.#hasScriptsOff = true;
    const [, hasEnded] = await Promise.all([
      this.send("Emulation.setScriptExecutionDisabled", { value: true }),
      this.ask<boolean>("leave()"),
    ]);
    return hasEnded === true;
  }

  /** @throws TimeLimitError when the page does not let itself be left */
  async #goToBlank(): Promise<void> {
    const watch = new PageWatch(this.session, this.frameId, () => {});
    const leave = async () => {
      for (let isThere = false; !isThere; ) {
        const { loaderId } = await this.send("Page.navigate", { url: "about:blank" });
        // What the page was about to go to may yet take the blank page's place, and comes to nothing then.
        const { requested } = watch;
        const hasEnded = () => watch.loaderId === loaderId || watch.requested !== requested;
        await watch.until(hasEnded, this.#options.commandTimeout);
        isThere = watch.loaderId === loaderId;
      }
    };
    try {
      await withinTime(this.#options.commandTimeout, "Leaving a page", leave());
    } finally {
      watch.stop();
    }
    // Once the blank page has answered, the browser holds it for the tab's page, too.
    // The name is set twice, since what is the same already tells the browser nothing.
    await this.send("Runtime.evaluate", { expression: "window.name = 'left'; window.name = ''" });
  }

  /** Closes the tab with its context. @throws what the connection throws */
  async close(): Promise<void> {
    this.#browser.off("disconnected", this.#lost);
    this.#connection.off("Target.targetCreated", this.#closeOther);
    this.#connection.off("Target.targetInfoChanged", this.#closeOther);
    await this.#connection.send(
      "Target.disposeBrowserContext",
      { browserContextId: this.#contextId },
      { timeout: this.#options.commandTimeout },
    );
  }

  async #prepare(): Promise<void> {
    const { look, suspectUrls } = this.#options;
    this.session.on("Fetch.requestPaused", (paused) => {
      this.#decide(paused).catch(() => {
        // The page has gone, and the request with it.
      });
    });
    this.session.on("Page.javascriptDialogOpening", ({ type }) => {
      // Nobody is there to answer. Leaving the page is our own wish.
      const accept = type === "beforeunload";
      this.session.send("Page.handleJavaScriptDialog", { accept }).catch(() => {});
    });
    const isIntricate = () => {
      this.#isIntricate = true;
    };
    this.session.on("Page.frameAttached", isIntricate);
    this.session.on("Page.documentOpened", isIntricate);
    this.#browser.on("disconnected", this.#lost);
    this.#connection.on("Target.targetCreated", this.#closeOther);
    this.#connection.on("Target.targetInfoChanged", this.#closeOther);
    const patterns = [
      ...unwantedTypes.map((resourceType) => ({ urlPattern: "*", resourceType })),
      ...suspectUrls.map((urlPattern) => ({ urlPattern })),
      { urlPattern: "*", resourceType: "Document" as const, requestStage: "Response" as const },
    ];
    const source = activityScript.replaceAll("__KEY__", this.#activityKey);
    await Promise.all([
      this.send("Page.enable"),
      this.send("Network.enable", { maxTotalBufferSize: 0, maxResourceBufferSize: 0 }),
      this.send("Network.setBlockedURLs", { urls: unwantedUrls }),
      this.send("Inspector.enable"),
      this.send("Fetch.enable", { patterns }),
      this.send("Page.addScriptToEvaluateOnNewDocument", { source }),
      this.send("Emulation.setFocusEmulationEnabled", { enabled: true }),
      this.#connection.send("Browser.setDownloadBehavior", {
        behavior: "deny",
        browserContextId: this.#contextId,
      }),
      this.#connection.send("Browser.grantPermissions", {
        permissions: look.permissions,
        browserContextId: this.#contextId,
      }),
      ...look.commands.map(([method, params]) => this.send(method, params)),
    ]);
  }

  readonly #lost = (): void => this.onLost?.();

  /** Windows that the page opens are closed at once: nobody looks at them, and what they store is not cleared. */
  readonly #closeOther = ({ targetInfo }: CDPEvents["Target.targetCreated"]): void => {
    const { targetId, type, url, browserContextId } = targetInfo;
    if (browserContextId !== this.#contextId || type !== "page" || targetId === this.frameId) return;
    // One without an address is still being made, and its opener waits for it.
    if (url !== "") this.#connection.send("Target.closeTarget", { targetId }).catch(() => {});
  };

  async #decide(paused: PausedAnswer): Promise<void> {
    const { requestId, request, resourceType } = paused;
    if (paused.responseStatusCode !== undefined || paused.responseErrorReason !== undefined) {
      if (paused.frameId !== this.frameId) await this.send("Fetch.continueRequest", { requestId });
      else if (this.onAnswer) await this.onAnswer(paused);
      // Nobody waits for where a page goes that has been left.
      else await this.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
    } else if ((unwantedTypes as readonly string[]).includes(resourceType)) {
      await this.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
    } else if (this.#options.isAllowed(request.url)) {
      await this.send("Fetch.continueRequest", { requestId });
    } else {
      this.blockedUrl ??= request.url;
      await this.send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
    }
  }
}

/** Puppeteer's connection to the browser. */
async function connectionOf(browser: Browser): Promise<Connection> {
  const known = connections.get(browser);
  if (known) return known;
  const session = await browser.target().createCDPSession();
  const connection = session.connection();
  if (!connection) throw new Error("The browser is not connected.");
  connections.set(browser, connection);
  return connection;
}

const connections = new WeakMap<Browser, Connection>();
