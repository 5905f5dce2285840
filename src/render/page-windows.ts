/** The windows that pages of a tab open. They are closed at once: nobody looks at them. */
import type { CDPEvents } from "@cloudflare/puppeteer";
import { withinTime } from "../io/time-limit.ts";
import type { Connection } from "./browser-connection.ts";

export class PageWindows {
  readonly #connection: Connection;
  readonly #contextId: string;
  readonly #tabId: string;
  /** The target ids of windows that are still open. */
  readonly #open = new Set<string>();
  #haveOpened = false;
  #onClosed: (() => void) | undefined;

  /** Watches the browser context for windows other than the tab itself, until `stop()`. */
  constructor(connection: Connection, contextId: string, tabId: string) {
    this.#connection = connection;
    this.#contextId = contextId;
    this.#tabId = tabId;
    connection.on("Target.targetCreated", this.#targetSeen);
    connection.on("Target.targetInfoChanged", this.#targetSeen);
    connection.on("Target.targetDestroyed", this.#targetDestroyed);
  }

  /** Whether any window has opened since the last `closeAll()`. */
  get haveOpened(): boolean {
    return this.#haveOpened;
  }

  /** @throws TimeLimitError if a window takes longer than `timeout` ms to close */
  async closeAll(timeout: number): Promise<void> {
    while (this.#open.size > 0) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      for (const targetId of this.#open) this.#close(targetId);
      await withinTime(timeout, "Closing a window", closed);
    }
    this.#haveOpened = false;
  }

  stop(): void {
    this.#connection.off("Target.targetCreated", this.#targetSeen);
    this.#connection.off("Target.targetInfoChanged", this.#targetSeen);
    this.#connection.off("Target.targetDestroyed", this.#targetDestroyed);
  }

  readonly #targetSeen = ({ targetInfo }: CDPEvents["Target.targetCreated"]): void => {
    const { targetId, type, url, browserContextId } = targetInfo;
    if (browserContextId !== this.#contextId || type !== "page" || targetId === this.#tabId) return;
    this.#open.add(targetId);
    this.#haveOpened = true;
    // A window without an address may not be complete yet, and the script that opened it is waiting for it.
    if (url !== "") this.#close(targetId);
  };

  readonly #targetDestroyed = ({ targetId }: CDPEvents["Target.targetDestroyed"]): void => {
    if (this.#open.delete(targetId)) this.#onClosed?.();
  };

  #close(targetId: string): void {
    this.#connection.send("Target.closeTarget", { targetId }).catch(() => {
      // It has closed already.
    });
  }
}
