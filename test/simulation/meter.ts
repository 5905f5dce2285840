/** Counts what Cloudflare bills and limits. */

/** Calls to the objects of a class. */
export interface ObjectCalls {
  total: number;
  /** Of all its objects, the one called most in one second. */
  maxPerSecond: number;
  /** Calls a second to one object: 99 % of the seconds in which it was called had no more. */
  p99PerSecond: number;
  byMethod: Record<string, number>;
}

export class Meter {
  objectRowsWritten = 0;
  /** How long objects were in memory, in ms. */
  objectsActiveMs = 0;
  d1RowsWritten = 0;
  r2Writes = 0;
  r2Reads = 0;
  /** Messages sent, by queue. */
  readonly messagesSent = new Map<string, number>();
  /** Writes, deliveries and deletions of messages. */
  queueOperations = 0;
  cpuMs = 0;
  /** Invocations of the Worker: requests, consumers and crons. */
  invocations = 0;
  consumersKilled = 0;
  readonly #methods = new Map<string, Map<string, number>>();
  /** Calls by class, then by object and second. */
  readonly #seconds = new Map<string, Map<string, number>>();

  objectCalled(className: string, name: string, method: string, now: number): void {
    addTo(this.#methods, className, method);
    addTo(this.#seconds, className, `${name} ${Math.floor(now / 1000)}`);
  }

  messageSent(queue: string): void {
    this.messagesSent.set(queue, (this.messagesSent.get(queue) ?? 0) + 1);
    this.queueOperations += 1;
  }

  /** By class. */
  objectCalls(): Record<string, ObjectCalls> {
    return Object.fromEntries(
      Array.from(this.#methods, ([className, methods]) => {
        const seconds = [...(this.#seconds.get(className)?.values() ?? [])].sort((one, other) => one - other);
        const calls: ObjectCalls = {
          total: [...methods.values()].reduce((sum, count) => sum + count, 0),
          maxPerSecond: seconds.at(-1) ?? 0,
          p99PerSecond: seconds[Math.floor(seconds.length * 0.99)] ?? 0,
          byMethod: Object.fromEntries(methods),
        };
        return [className, calls];
      }),
    );
  }
}

function addTo(counts: Map<string, Map<string, number>>, group: string, name: string): void {
  const ofGroup = counts.get(group) ?? new Map<string, number>();
  ofGroup.set(name, (ofGroup.get(name) ?? 0) + 1);
  counts.set(group, ofGroup);
}
