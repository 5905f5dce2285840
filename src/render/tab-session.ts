/** The DevTools session with a tab: sends commands to its page and listens to the page's events. */
import type { CDPEvents, CDPSession } from "@cloudflare/puppeteer";

export class TabSession {
  /** DevTools' id of the tab's main frame. It is the id of the tab's target, too. */
  readonly frameId: string;
  /** ms */
  readonly commandTimeout: number;
  readonly #session: CDPSession;
  #hasScriptsDisabled = false;

  constructor(session: CDPSession, frameId: string, commandTimeout: number) {
    this.#session = session;
    this.frameId = frameId;
    this.commandTimeout = commandTimeout;
  }

  /** Sends a command. @throws Error if it takes longer than `commandTimeout`, or `options.timeout` if given (ms) */
  send: CDPSession["send"] = (method, params, options) =>
    this.#session.send(method, params, options ?? { timeout: this.commandTimeout });

  /** Calls `listener` for each event of that name until the returned function is called. */
  on<Name extends keyof CDPEvents>(name: Name, listener: (event: CDPEvents[Name]) => void): () => void {
    this.#session.on(name, listener);
    return () => this.#session.off(name, listener);
  }

  async disableScripts(): Promise<void> {
    this.#hasScriptsDisabled = true;
    await this.send("Emulation.setScriptExecutionDisabled", { value: true });
  }

  async enableScripts(): Promise<void> {
    if (!this.#hasScriptsDisabled) return;
    await this.send("Emulation.setScriptExecutionDisabled", { value: false });
    this.#hasScriptsDisabled = false;
  }
}

/** Whether a command took too long. Puppeteer tells that by the error's message alone. */
export function isCommandTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes("timed out");
}
