/** Invocations of the Worker: requests and crons. */
import { Execution } from "./execution.ts";
import type { Meter } from "./meter.ts";
import type { Platform } from "./platform.ts";

export function endInvocation(execution: Execution, meter: Meter): void {
  execution.end();
  meter.cpuMs += execution.cpuMs;
}

/** Runs a handler until it and all that it gave to `waitUntil` have ended. @throws what the handler throws */
export async function invoke<T>(
  platform: Platform,
  name: string,
  handler: (ctx: object) => T | Promise<T>,
): Promise<T> {
  const execution = new Execution(name);
  platform.meter.invocations += 1;
  const waiting: Promise<unknown>[] = [];
  const ctx = {
    waitUntil: (promise: Promise<unknown>) => void waiting.push(promise),
    passThroughOnException: () => {},
    props: {},
  };
  try {
    return await execution.run(async () => {
      const result = await handler(ctx);
      await Promise.allSettled(waiting);
      return result;
    });
  } finally {
    endInvocation(execution, platform.meter);
  }
}
