/**
 * A clock that runs faster: `Date.now`, timers and the alarms of Durable Objects, for all code in the isolate. So leases,
 * time limits and backoffs keep their proportions and their defaults, and a schedule of minutes takes seconds.
 *
 * It stands still while the isolate is busy, as if the machine had as many cores as it takes: a loaded machine makes
 * schedules slow, and not their time limits short.
 */
const real = {
  now: Date.now,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
};

/** Seconds of the fast clock in one real second, at most. */
const SPEED = 50;
/** How often the clock moves on, in real ms. */
const TICK_MS = 4;
/** It moves on by so many real ms at most. */
const MAX_TICK_MS = 20;

let now = real.now();

/** Installs the clock. It runs for as long as the caller's context lives. */
export function installFastClock(): void {
  let last = real.now();
  const tick = () => {
    const at = real.now();
    now += Math.min(at - last, MAX_TICK_MS) * SPEED;
    last = at;
    real.setTimeout(tick, TICK_MS);
  };
  tick();
  Date.now = () => now;
  globalThis.setTimeout = ((handler: () => void, ms = 0) => start(handler, ms, null)) as typeof setTimeout;
  globalThis.setInterval = ((handler: () => void, ms = 0) => start(handler, ms, ms)) as typeof setInterval;
  globalThis.clearTimeout = stop as typeof clearTimeout;
  globalThis.clearInterval = stop as typeof clearInterval;
}

/** Timers that run → the real timer that they wait for. */
const timers = new Map<number, ReturnType<typeof setTimeout>>();
/** Real timers have numbers, too: far below these. */
let lastTimer = 2 ** 40;

function start(handler: () => void, ms: number, everyMs: number | null): number {
  lastTimer += 1;
  const timer = lastTimer;
  let dueAt = now + ms;
  const wait = () => {
    timers.set(timer, real.setTimeout(look, Math.max(TICK_MS, (dueAt - now) / SPEED)));
  };
  const look = () => {
    if (now < dueAt) {
      wait();
      return;
    }
    if (everyMs === null) {
      timers.delete(timer);
    } else {
      dueAt = now + Math.max(1, everyMs);
      wait();
    }
    handler();
  };
  wait();
  return timer;
}

function stop(timer: unknown): void {
  const waiting = timers.get(timer as number);
  real.clearTimeout(waiting ?? (timer as undefined));
  timers.delete(timer as number);
}

/**
 * Has the storage's alarms go by the fast clock. They come early when it stands still.
 *
 * @returns waits until the alarm is due; for its handler
 */
export function speedUpAlarms(storage: DurableObjectStorage): () => Promise<void> {
  const setAlarm = storage.setAlarm.bind(storage);
  let dueAt = 0;
  storage.setAlarm = (at, options) => {
    dueAt = Number(at);
    return setAlarm(real.now() + Math.max(0, dueAt - now) / SPEED, options);
  };
  return async () => {
    while (now < dueAt) await pass(dueAt - now);
  };
}

/** Resolves after so many ms of the fast clock. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Rejects when something has taken more real seconds than it may. */
export async function withinRealSeconds<T>(
  seconds: number,
  what: () => string,
  running: Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = real.setTimeout(
      () => reject(new Error(`${what()} takes longer than ${seconds} s`)),
      seconds * 1000,
    );
  });
  try {
    return await Promise.race([running, limit]);
  } finally {
    real.clearTimeout(timer);
  }
}
