/**
 * An invocation of the Worker or a Durable Object in memory: what the platform limits and can end. All code, however
 * often it waits, knows the execution it belongs to.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** Connections that wait for their response's headers (developers.cloudflare.com/workers/platform/limits). */
const MAX_CONNECTIONS = 6;

const executions = new AsyncLocalStorage<Execution>();

export class Execution {
  /** Who it is, for messages. */
  readonly name: string;
  /** Timers that are set. */
  timers = 0;
  /** Processor time used, by the model's estimates, in ms. */
  cpuMs = 0;
  /** Pages that were captured and are not stored yet. */
  #pages = 0;
  #isOver = false;
  #connections = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #whenOver = new Set<() => void>();
  /** Called when it uses processor time or memory. */
  onUse: (() => void) | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** From now on, nothing its code does has any effect: it has ended, or the platform has killed it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  run<T>(code: () => T): T {
    return executions.run(this, code);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const listener of this.#whenOver) listener();
    this.#whenOver.clear();
  }

  /** Returns a function that stops listening. */
  whenOver(listener: () => void): () => void {
    this.#whenOver.add(listener);
    return () => this.#whenOver.delete(listener);
  }

  useCpu(ms: number): void {
    this.cpuMs += ms;
    this.onUse?.();
  }

  get pages(): number {
    return this.#pages;
  }

  pageCaptured(): void {
    this.#pages += 1;
    this.onUse?.();
  }

  pageStored(): void {
    this.#pages = Math.max(0, this.#pages - 1);
  }

  /** Waits for one of the connections. Returns a function that frees it. */
  async connect(): Promise<() => void> {
    if (this.#connections >= MAX_CONNECTIONS) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#connections += 1;
    }
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#connections -= 1;
    };
  }
}

/** The execution that the running code belongs to; undefined for the model itself. */
export function currentExecution(): Execution | undefined {
  return executions.getStore();
}
