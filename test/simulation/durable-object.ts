/**
 * A Durable Object: one instance at a time, which handles one call after the other and may be evicted when idle. Its
 * storage stays.
 */

import type { Timer } from "./clock.ts";
import { DurableStorage } from "./durable-storage.ts";
import { Execution } from "./execution.ts";
import type { Platform } from "./platform.ts";

/** About 1,000 simple calls a second, 300 that write (rules-of-durable-objects says 200 to 500). */
const CALL_MS = 1;
const WRITING_CALL_MS = 1000 / 300;
/** An object that could hibernate is evicted after this long, in ms. */
const IDLE_MS = 10_000;
/** An alarm that throws is repeated this often, after twice as long each time (…/durable-objects/api/alarms). */
const MAX_ALARM_RETRIES = 6;
const FIRST_ALARM_RETRY_MS = 2000;

type Instance = Record<string, (...args: unknown[]) => unknown>;

export interface DurableClass {
  name: string;
  construct(state: unknown): object;
}

export class SimulatedObject {
  readonly #platform: Platform;
  readonly #class: DurableClass;
  readonly #id: { name: string };
  readonly #storage: DurableStorage;
  #live: { instance: Instance; execution: Execution; since: number } | undefined;
  /** Calls that wait for their turn. */
  readonly #line: (() => void)[] = [];
  #busyUntil = 0;
  #isNextScheduled = false;
  /** Until `blockConcurrencyWhile` has ended. */
  #blocked = 0;
  /** Calls and other promises it is waiting for. */
  #underWay = 0;
  #lastTurnWritten = -1;
  #idleTimer: Timer | undefined;
  #alarmTimer: Timer | undefined;
  #isInAlarm = false;

  constructor(platform: Platform, durableClass: DurableClass, id: { name: string }) {
    this.#platform = platform;
    this.#class = durableClass;
    this.#id = id;
    this.#storage = new DurableStorage({
      wrote: (rows) => this.#wrote(rows),
      read: (rows) => {
        platform.meter.objectRowsRead += rows;
      },
      alarmSet: (at) => this.#alarmSet(at),
    });
  }

  /** A call that has arrived. Resolves to what the method returns. */
  receive(method: string, args: unknown[]): Promise<unknown> {
    const { clock, meter } = this.#platform;
    const arrivedAt = clock.now;
    return new Promise((resolve, reject) => {
      this.#line.push(() => {
        meter.objectCalled(this.#class.name, this.#id.name, method, { arrivedAt, servedAt: clock.now });
        this.#begin(method, args).then(resolve, reject);
      });
      this.#serve();
    });
  }

  /** Drops the instance with all it has in memory. */
  #end(): void {
    if (!this.#live) return;
    const { execution, since } = this.#live;
    this.#live = undefined;
    execution.end();
    this.#platform.meter.objectsActiveMs += this.#platform.clock.now - since;
  }

  #serve(): void {
    const { clock } = this.#platform;
    if (this.#isNextScheduled || this.#blocked > 0 || this.#line.length === 0) return;
    if (clock.now < this.#busyUntil) {
      this.#isNextScheduled = true;
      clock.at(this.#busyUntil, () => {
        this.#isNextScheduled = false;
        this.#serve();
      });
      return;
    }
    this.#busyUntil = clock.now + CALL_MS;
    this.#line.shift()?.();
    this.#serve();
  }

  async #begin(method: string, args: unknown[]): Promise<unknown> {
    const { instance, execution } = this.#instance();
    const member = instance[method];
    if (typeof member !== "function") throw new TypeError(`The object has no method ${method}().`);
    return this.#whileActive(execution.run(async () => Reflect.apply(member, instance, args)));
  }

  #instance(): { instance: Instance; execution: Execution } {
    if (this.#live) return this.#live;
    const execution = new Execution(`${this.#class.name} ${this.#id.name}`);
    const state = {
      id: {
        name: this.#id.name,
        toString: () => this.#id.name,
        equals: (other: unknown) => other === this.#id,
      },
      storage: this.#storage,
      waitUntil: (promise: Promise<unknown>) => void this.#whileActive(promise).catch(() => {}),
      blockConcurrencyWhile: (closure: () => Promise<unknown>) => this.#block(closure),
      abort: () => this.#end(),
    };
    const instance = execution.run(() => this.#class.construct(state)) as Instance;
    this.#live = { instance, execution, since: this.#platform.clock.now };
    return this.#live;
  }

  async #block(closure: () => Promise<unknown>): Promise<unknown> {
    this.#blocked += 1;
    try {
      return await closure();
    } finally {
      this.#blocked -= 1;
      this.#serve();
    }
  }

  async #whileActive<T>(promise: Promise<T>): Promise<T> {
    this.#underWay += 1;
    this.#platform.clock.cancel(this.#idleTimer);
    try {
      return await promise;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#evictWhenIdle();
    }
  }

  #evictWhenIdle(): void {
    const { clock } = this.#platform;
    clock.cancel(this.#idleTimer);
    this.#idleTimer = clock.after(IDLE_MS, () => {
      if (this.#underWay > 0 || this.#line.length > 0 || !this.#live) return;
      if (this.#live.execution.timers > 0) this.#evictWhenIdle();
      else this.#end();
    });
  }

  /** The first write of a turn makes it a writing call. */
  #wrote(rows: number): void {
    const { clock, meter } = this.#platform;
    meter.objectRowsWritten += rows;
    if (this.#lastTurnWritten === clock.turn) return;
    this.#lastTurnWritten = clock.turn;
    this.#busyUntil = Math.max(clock.now, this.#busyUntil) + WRITING_CALL_MS - CALL_MS;
  }

  #alarmSet(at: number | null): void {
    const { clock } = this.#platform;
    clock.cancel(this.#alarmTimer);
    this.#alarmTimer = undefined;
    if (at === null || this.#isInAlarm) return;
    this.#alarmTimer = clock.at(at, () => this.#alarmDue(0));
  }

  #alarmDue(retries: number): void {
    this.#alarmTimer = undefined;
    this.#isInAlarm = true;
    this.#storage.alarmAt = null;
    this.receive("alarm", [{ isRetry: retries > 0, retryCount: retries }]).then(
      () => this.#alarmEnded(),
      () => {
        if (this.#storage.alarmAt !== null || retries >= MAX_ALARM_RETRIES) {
          this.#alarmEnded();
          return;
        }
        const wait = FIRST_ALARM_RETRY_MS * 2 ** retries;
        this.#isInAlarm = false;
        this.#alarmTimer = this.#platform.clock.after(wait, () => this.#alarmDue(retries + 1));
      },
    );
  }

  #alarmEnded(): void {
    this.#isInAlarm = false;
    this.#alarmSet(this.#storage.alarmAt);
  }
}
