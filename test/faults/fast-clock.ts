/**
 * A clock that runs faster: `Date.now`, timers and the alarms of Durable Objects, for all code in the isolate. So leases,
 * time limits and backoffs keep their proportions and their defaults, and a schedule of minutes takes seconds.
 */
const real = { now: Date.now, setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval };
const startedAt = real.now();

/** Seconds of the fast clock in one real second. */
export const SPEED = 30;

/** Installs the clock. Once is enough. */
export function installFastClock(): void {
  Date.now = () => startedAt + (real.now() - startedAt) * SPEED;
  globalThis.setTimeout = ((handler: () => void, ms = 0, ...args: []) =>
    real.setTimeout(handler, ms / SPEED, ...args)) as typeof setTimeout;
  globalThis.setInterval = ((handler: () => void, ms = 0, ...args: []) =>
    real.setInterval(handler, ms / SPEED, ...args)) as typeof setInterval;
}

/** Has the storage's alarms go by the fast clock. */
export function speedUpAlarms(storage: DurableObjectStorage): void {
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (at, options) => setAlarm(real.now() + (Number(at) - Date.now()) / SPEED, options);
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
    clearTimeout(timer);
  }
}
