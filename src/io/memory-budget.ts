/**
 * A budget of memory that large pieces of content wait for, so that they never fill an isolate's 128 MB together.
 *
 * Whoever is about to hold a large amount reserves it first. Reservations are granted in the order in which they were
 * asked for: nobody overtakes, so the largest never starves.
 *
 * All invocations of an isolate share a budget, and any of them can end at any point without a word: its client hangs up,
 * or its time is over. So nobody is woken by another. Those who wait look again every few ms, and whoever has stopped
 * looking has left the line. A reservation that is not released ends by itself.
 */
import { TimeLimitError } from "./time-limit.ts";

export interface MemoryReservation {
  /** Ends the reservation. May be called more than once. */
  release(): void;
}

export interface MemoryBudgetOptions {
  /** Most bytes that are reserved at a time. Whoever asks for more gets all of it, alone. */
  bytes: number;
  /** Amounts up to this many bytes are not counted and never wait. */
  freeBytes: number;
  /** A reservation ends after this many ms. */
  maxHeldMs: number;
}

/** How often those who wait look again, in ms. */
const LOOK_MS = 20;
/** Whoever has not looked for this many ms is not waiting any more. Long, since timers are late in a busy isolate. */
const GONE_MS = 5000;

const unreserved: MemoryReservation = { release() {} };

interface Waiter {
  bytes: number;
  /** Epoch ms. */
  lookedAt: number;
}

interface Held {
  bytes: number;
  /** Epoch ms. */
  since: number;
}

export class MemoryBudget {
  readonly #options: MemoryBudgetOptions;
  readonly #held = new Set<Held>();
  /** In the order of their arrival. */
  #line: Waiter[] = [];

  constructor(options: MemoryBudgetOptions) {
    this.#options = options;
  }

  /** How many bytes are reserved. */
  get reservedBytes(): number {
    const now = Date.now();
    let bytes = 0;
    for (const held of this.#held) {
      if (now - held.since > this.#options.maxHeldMs) this.#held.delete(held);
      else bytes += held.bytes;
    }
    return bytes;
  }

  /** Whether `reserve()` would not wait. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= this.#options.freeBytes || (this.#firstInLine() === undefined && this.#fits(bytes));
  }

  /**
   * Waits until there is room for `bytes`, and reserves them.
   *
   * @param options.isWanted if it returns false, the caller does not wait any longer
   * @throws TimeLimitError after `limitMs`, or when it is not wanted any more
   */
  async reserve(
    bytes: number,
    { limitMs, isWanted = () => true }: { limitMs: number; isWanted?: () => boolean },
  ): Promise<MemoryReservation> {
    if (bytes <= this.#options.freeBytes) return unreserved;
    if (this.hasRoomFor(bytes)) return this.#hold(bytes);
    const since = Date.now();
    const waiter = { bytes, lookedAt: since };
    this.#line.push(waiter);
    try {
      while (isWanted() && Date.now() - since < limitMs) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        waiter.lookedAt = Date.now();
        if (!this.#line.includes(waiter)) this.#line.unshift(waiter);
        if (this.#firstInLine() === waiter && this.#fits(bytes)) return this.#hold(bytes);
      }
    } finally {
      this.#line = this.#line.filter((other) => other !== waiter);
    }
    throw new TimeLimitError(`Waiting for memory took longer than ${limitMs} ms`);
  }

  #firstInLine(): Waiter | undefined {
    const isGone = ({ lookedAt }: Waiter) => Date.now() - lookedAt > GONE_MS;
    while (this.#line[0] && isGone(this.#line[0])) this.#line.shift();
    return this.#line[0];
  }

  #fits(bytes: number): boolean {
    return this.reservedBytes + this.#counted(bytes) <= this.#options.bytes;
  }

  #hold(bytes: number): MemoryReservation {
    const held = { bytes: this.#counted(bytes), since: Date.now() };
    this.#held.add(held);
    return { release: () => this.#held.delete(held) };
  }

  #counted(bytes: number): number {
    return Math.min(bytes, this.#options.bytes);
  }
}
