/**
 * A clock that runs faster, for all code in the isolate: `Date.now`, timers and the alarms of Durable Objects. Leases,
 * time limits and backoffs keep their default values, but a schedule of minutes takes seconds.
 *
 * The clock stands still while the isolate is busy. So on a loaded machine schedules take longer, but do not run into
 * time limits.
 */
const real = {
  now: Date.now,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
};

/** The most seconds of the fast clock per real second. */
const SPEED = 50;
/** How often the clock advances, in real ms. */
const TICK_MS = 4;
/** The most that it advances at a time, in real ms. */
const MAX_TICK_MS = 20;

let now = real.now();

/** Installs the clock. It runs as long as the caller's context lives. */
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

/** The real timer that each running timer waits for. */
const timers = new Map<number, ReturnType<typeof setTimeout>>();
/** Real timers are numbered too, but far lower. */
let lastTimer = 2 ** 40;

function start(handler: () => void, ms: number, everyMs: number | null): number {
  lastTimer += 1;
  const timer = lastTimer;
  let dueAt = now + ms;
  const wait = () => {
    timers.set(timer, real.setTimeout(fireIfDue, Math.max(TICK_MS, (dueAt - now) / SPEED)));
  };
  const fireIfDue = () => {
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
 * Makes the storage's alarms follow the fast clock. They come early if it stands still.
 *
 * @returns a function for the alarm's handler, which waits until the alarm is due
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

/** Resolves after `ms` of the fast clock. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The result of `running`, or a rejection after this many real seconds. */
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
