/** Puts the virtual clock, and random numbers from the seed, in place of Node's. */
import type { Clock, Timer } from "./clock.ts";
import { currentExecution, type Execution } from "./execution.ts";
import type { Numbers } from "./numbers.ts";

export function installClock(clock: Clock): void {
  const RealDate = Date;
  class VirtualDate extends RealDate {
    constructor(...given: unknown[]) {
      // @ts-expect-error The real constructor checks what it is given.
      super(...(given.length === 0 ? [Math.floor(clock.now)] : given));
    }

    static override now(): number {
      return Math.floor(clock.now);
    }
  }
  const startedAt = clock.now;
  globalThis.Date = VirtualDate as DateConstructor;
  performance.now = () => clock.now - startedAt;
  Object.assign(globalThis, {
    setTimeout: (handler: Handler, ms?: number, ...args: unknown[]) =>
      new VirtualTimer(clock, handler, ms, args, false),
    setInterval: (handler: Handler, ms?: number, ...args: unknown[]) =>
      new VirtualTimer(clock, handler, ms, args, true),
    clearTimeout: stop,
    clearInterval: stop,
  });
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  Object.defineProperty(globalThis, "scheduler", { value: { wait }, configurable: true });
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("The operation timed out", "TimeoutError")), ms);
    return controller.signal;
  };
  holdForThreads(clock);
}

export function installNumbers(numbers: Numbers): void {
  Math.random = () => numbers.next();
  const fill = <T extends ArrayBufferView | null>(array: T): T => {
    if (array === null) return array;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = numbers.next() * 256;
    return array;
  };
  const randomUUID = () => {
    const hex = Buffer.from(fill(new Uint8Array(16))).toString("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  Object.defineProperties(crypto, {
    getRandomValues: { value: fill },
    randomUUID: { value: randomUUID },
  });
}

type Handler = (...args: unknown[]) => void;

/** What setTimeout returns in Node, as far as anyone uses it. */
class VirtualTimer {
  readonly #clock: Clock;
  readonly #owner: Execution | undefined;
  readonly #fire: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, handler: Handler, given: number | undefined, args: unknown[], repeats: boolean) {
    this.#clock = clock;
    const owner = currentExecution();
    this.#owner = owner;
    const ms = Math.max(repeats ? 1 : 0, Number(given) || 0);
    this.#fire = () => {
      this.#timer = undefined;
      if (owner) owner.timers -= 1;
      if (owner?.isOver) return;
      if (repeats) this.#set(ms);
      if (owner) owner.run(() => handler(...args));
      else handler(...args);
    };
    this.#set(ms);
  }

  stop(): void {
    if (!this.#timer) return;
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    if (this.#owner) this.#owner.timers -= 1;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #set(ms: number): void {
    if (this.#owner) this.#owner.timers += 1;
    this.#timer = this.#clock.after(ms, this.#fire);
  }
}

function stop(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.stop();
}

/** What Node computes in other threads takes no virtual time. */
function holdForThreads(clock: Clock): void {
  const subtle = crypto.subtle as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of ["digest", "sign", "verify", "importKey"]) {
    const method = subtle[name];
    if (method) subtle[name] = (...args) => clock.holdFor(method.apply(crypto.subtle, args));
  }
}
