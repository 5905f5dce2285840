/**
 * Virtual time. It stands still while code runs, and jumps to the next timer once all code waits for one.
 *
 * After each timer all promises that it settled run to their end, because Node empties its queue of microtasks after
 * each `setImmediate`.
 */

/** Before `installClock` replaces them. */
const real = { setImmediate: globalThis.setImmediate };

/** How many timers run in one turn of Node's event loop. */
const TIMERS_PER_TURN = 64;
/** More timers at one and the same moment than this are a loop without end. */
const MAX_AT_ONE_MOMENT = 5_000_000;

export interface Timer {
  /** Epoch ms. */
  readonly at: number;
  readonly order: number;
  /** Null once it was cancelled. */
  run: (() => void) | null;
}

export class Clock {
  #now: number;
  #created = 0;
  #ran = 0;
  #atThisMoment = 0;
  #isStopped = false;
  /** Real work under way, such as hashing in another thread. The clock stands still meanwhile. */
  #realWork = 0;
  /** A binary heap, the next timer first. */
  readonly #timers: Timer[] = [];

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  /** Epoch ms, with fractions. */
  get now(): number {
    return this.#now;
  }

  /** How many timers have run. Code between two of them runs in the same turn. */
  get turn(): number {
    return this.#ran;
  }

  at(time: number, run: () => void): Timer {
    this.#created += 1;
    const timer: Timer = { at: Math.max(time, this.#now), order: this.#created, run };
    this.#add(timer);
    return timer;
  }

  after(ms: number, run: () => void): Timer {
    return this.at(this.#now + ms, run);
  }

  cancel(timer: Timer | undefined): void {
    if (timer) timer.run = null;
  }

  /** Lets no time pass until the promise has settled. */
  holdFor<T>(promise: Promise<T>): Promise<T> {
    this.#realWork += 1;
    const done = () => {
      this.#realWork -= 1;
    };
    promise.then(done, done);
    return promise;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Runs timers until `stop()`. @throws what a timer throws; Error if none is left */
  run(): Promise<void> {
    this.#isStopped = false;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const step = () => {
        if (isOver || this.#realWork > 0) return;
        if (this.#isStopped) {
          isOver = true;
          resolve();
          return;
        }
        try {
          this.#runNext();
        } catch (thrown) {
          isOver = true;
          reject(thrown);
        }
      };
      const turn = () => {
        if (isOver) return;
        for (let n = 0; n < TIMERS_PER_TURN; n += 1) real.setImmediate(step);
        real.setImmediate(turn);
      };
      turn();
    });
  }

  #runNext(): void {
    let timer = this.#take();
    while (timer && timer.run === null) timer = this.#take();
    if (!timer?.run) throw new Error("Nothing is left to happen, but the simulation has not ended.");
    this.#atThisMoment = timer.at > this.#now ? 0 : this.#atThisMoment + 1;
    if (this.#atThisMoment > MAX_AT_ONE_MOMENT) throw new Error("Timers go on without any time passing.");
    this.#now = timer.at;
    this.#ran += 1;
    timer.run();
  }

  #add(timer: Timer): void {
    const heap = this.#timers;
    let place = heap.length;
    heap.push(timer);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!isBefore(timer, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = timer;
  }

  #take(): Timer | undefined {
    const heap = this.#timers;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
      const below = heap[child] as Timer;
      if (!isBefore(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
