/**
 * One browser tab in a browser context of its own, used for one page after another of one account.
 *
 * It talks to the browser through Puppeteer's connection in the DevTools protocol itself: Puppeteer's own Page keeps
 * books on every frame and request that Trawl has no use for. The context goes when the connection goes.
 */
import type { Browser, CDPEvents, CDPSession } from "@cloudflare/puppeteer";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
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
/**
 * What a page stores. Not the caches of what was compiled, which take long to clear and tell nothing; nor the HTTP cache,
 * which pages of one site should share.
 */
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
  /** Where the page was about to go, and was stopped because the address is not public. */
  blockedUrl: string | undefined;
  /** Decides on answers that are to become the tab's document. Without it they come to nothing. */
  onAnswer: ((answer: PausedAnswer) => Promise<void>) | undefined;
  /** The page has settled: told by who rendered it, for `clear()`. */
  isSettled = false;
  /** Told when the tab has gone, or its browser, or the connection to it. */
  onLost: (() => void) | undefined;
  readonly #browser: Browser;
  readonly #connection: Connection;
  readonly #contextId: string;
  readonly #options: TabOptions;
  /** Names what activity.page.js offers. */
  readonly #activityKey = crypto.randomUUID();
  #watch: PageWatch | undefined;
  /** Windows that the page has opened and that are still there, by the ids of their targets. */
  readonly #windows = new Set<string>();
  #windowGone: (() => void) | undefined;
  /** The page has had frames or windows, or written its document anew: what it may still do is not all known. */
  #isIntricate = false;
  #hasScriptsOff = false;
  /** The tab's history holds what was in the tab before the page. */
  #hasPast = true;

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

  /**
   * Opens a tab in a fresh browser context.
   *
   * @throws TimeLimitError; what the connection throws, such as when the browser has died
   */
  static async open(browser: Browser, options: TabOptions): Promise<Tab> {
    const timeout = { timeout: options.commandTimeout };
    const inTime = <T>(promise: Promise<T>) => withinTime(options.commandTimeout, "Opening a tab", promise);
    const connection = await inTime(connectionOf(browser));
    const { browserContextId } = await connection.send(
      "Target.createBrowserContext",
      { disposeOnDetach: true },
      timeout,
    );
    try {
      const { targetId } = await connection.send(
        "Target.createTarget",
        { url: "about:blank", browserContextId },
        timeout,
      );
      const target = { targetId, type: "page", title: "", url: "", attached: false, canAccessOpener: false };
      const session = await inTime(connection.createSession(target));
      const tab = new Tab(browser, connection, browserContextId, session, targetId, options);
      await tab.#prepare();
      tab.#listen();
      return tab;
    } catch (thrown) {
      await connection.send("Target.disposeBrowserContext", { browserContextId }, timeout).catch(() => {});
      throw thrown;
    }
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

  /** Watches the page until the tab is cleared or closed. `onBytes` hears how many bytes of a document have come. */
  watch(onBytes: (bytes: number) => void): PageWatch {
    this.#watch?.stop();
    this.#watch = new PageWatch(this.session, this.frameId, onBytes);
    return this.#watch;
  }

  /** Has the answer become the tab's document. */
  async show({ requestId }: PausedAnswer): Promise<void> {
    if (this.#hasScriptsOff) {
      await this.send("Emulation.setScriptExecutionDisabled", { value: false });
      this.#hasScriptsOff = false;
    }
    await this.send("Fetch.continueRequest", { requestId });
  }

  /**
   * Leaves the page and clears what it stored, for the next page of the same account.
   *
   * @throws TimeLimitError; what the connection throws. The tab is not fit for use then
   */
  async clear(): Promise<void> {
    this.onAnswer = undefined;
    // First the page's scripts have to end: until then it can go on storing.
    if (!(await this.#silence())) await this.#goToBlank();
    await this.#closeWindows();
    // Every origin's: frames of others have stored something, too.
    await this.send("Storage.clearDataForOrigin", { origin: "*", storageTypes });
    this.#watch?.stop();
    this.#watch = undefined;
    this.isSettled = false;
    this.#isIntricate = false;
    this.#hasPast = true;
    this.blockedUrl = undefined;
  }

  /**
   * Switches the page's scripts off until the next document takes its place, and empties the page. Answers whether that is
   * the end of it: not while answers are on their way, for which promises wait that go on by themselves.
   *
   * A blank page would do for all pages alike, but takes a fifth of the processor time that a page takes.
   */
  async #silence(): Promise<boolean> {
    if (!this.isSettled || this.#isIntricate) return false;
    this.#hasScriptsOff = true;
    const [, hasEnded] = await Promise.all([
      this.send("Emulation.setScriptExecutionDisabled", { value: true }),
      this.ask<boolean>("leave()"),
    ]);
    return hasEnded === true && this.#watch?.isIdle === true;
  }

  /** @throws TimeLimitError when the page does not let itself be left */
  async #goToBlank(): Promise<void> {
    const watch = this.watch(() => {});
    const endsAt = Date.now() + this.#options.commandTimeout;
    for (let isThere = false; !isThere; ) {
      if (Date.now() >= endsAt) throw new TimeLimitError("The page did not let itself be left");
      const { loaderId } = await this.send("Page.navigate", { url: "about:blank" });
      // What the page was about to go to may yet take the blank page's place, and comes to nothing then.
      const { requested } = watch;
      const hasEnded = () => watch.loaderId === loaderId || watch.requested !== requested;
      await watch.until(hasEnded, endsAt - Date.now());
      isThere = watch.loaderId === loaderId;
    }
    // Once the blank page has answered, the browser holds it for the tab's page, too.
    // The name is set twice, since what is the same already tells the browser nothing.
    await this.send("Runtime.evaluate", { expression: "window.name = 'left'; window.name = ''" });
  }

  async #closeWindows(): Promise<void> {
    while (this.#windows.size > 0) {
      const gone = new Promise<void>((resolve) => {
        this.#windowGone = resolve;
      });
      for (const targetId of this.#windows) this.#closeTarget(targetId);
      await withinTime(this.#options.commandTimeout, "Closing a window", gone);
    }
  }

  /** Closes the tab with its context. @throws what the connection throws */
  async close(): Promise<void> {
    this.#watch?.stop();
    this.#browser.off("disconnected", this.#lost);
    this.#connection.off("Target.targetCreated", this.#targetSeen);
    this.#connection.off("Target.targetInfoChanged", this.#targetSeen);
    this.#connection.off("Target.targetDestroyed", this.#targetGone);
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
    this.session.on("Page.domContentEventFired", this.#forgetPast);
    this.session.on("Page.loadEventFired", this.#forgetPast);
    this.session.on("Page.navigatedWithinDocument", () => {
      // With the past would go what the page has put into the history itself.
      if (this.#watch && this.#watch.documents > 0) this.#hasPast = false;
    });
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

  #listen(): void {
    this.#browser.on("disconnected", this.#lost);
    this.#connection.on("Target.targetCreated", this.#targetSeen);
    this.#connection.on("Target.targetInfoChanged", this.#targetSeen);
    this.#connection.on("Target.targetDestroyed", this.#targetGone);
  }

  readonly #lost = (): void => this.onLost?.();

  /** Windows that the page opens are closed: nobody looks at them. */
  readonly #targetSeen = ({ targetInfo }: CDPEvents["Target.targetCreated"]): void => {
    const { targetId, type, url, browserContextId } = targetInfo;
    if (browserContextId !== this.#contextId || type !== "page" || targetId === this.frameId) return;
    this.#windows.add(targetId);
    this.#isIntricate = true;
    // One without an address may still be being made, and its opener waits for it.
    if (url !== "") this.#closeTarget(targetId);
  };

  readonly #targetGone = ({ targetId }: CDPEvents["Target.targetDestroyed"]): void => {
    if (targetId === this.frameId) this.onLost?.();
    if (this.#windows.delete(targetId)) this.#windowGone?.();
  };

  #closeTarget(targetId: string): void {
    this.#connection.send("Target.closeTarget", { targetId }).catch(() => {
      // It has gone already.
    });
  }

  /** Now that the page is there, what was in the tab before it is taken out of the history: a frame could go back to it. */
  readonly #forgetPast = (): void => {
    if (!this.#hasPast || this.#watch?.documents === 0) return;
    this.#hasPast = false;
    this.send("Page.resetNavigationHistory").catch(() => {
      // The page is on its way elsewhere, or back. It can be tried again when it is there.
      this.#hasPast = true;
    });
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
      if (resourceType === "Document" && paused.frameId === this.frameId) this.blockedUrl ??= request.url;
      await this.send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
    }
  }
}

/** Puppeteer's connection to the browser. */
function connectionOf(browser: Browser): Promise<Connection> {
  const known = connections.get(browser);
  if (known) return known;
  const connecting = findConnection(browser);
  connections.set(browser, connecting);
  connecting.catch(() => connections.delete(browser));
  return connecting;
}

async function findConnection(browser: Browser): Promise<Connection> {
  const session = await browser.target().createCDPSession();
  const connection = session.connection();
  if (!connection) throw new Error("The browser is not connected.");
  return connection;
}

const connections = new WeakMap<Browser, Promise<Connection>>();
