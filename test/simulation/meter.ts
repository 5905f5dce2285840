/** Counts what Cloudflare bills and limits. */

/** Calls to the objects of a class. */
export interface ObjectCalls {
  total: number;
  /** Of all its objects, the one called most in one second. */
  maxPerSecond: number;
  /** Calls a second to one object: 99 % of the seconds in which it was called had no more. */
  p99PerSecond: number;
  /** The longest that a call waited for those before it, in ms. */
  maxWaitMs: number;
  byMethod: Record<string, number>;
}

export class Meter {
  objectRowsWritten = 0;
  /** Rows read are estimates: see database.ts. */
  objectRowsRead = 0;
  /** How long objects were in memory, in ms. */
  objectsActiveMs = 0;
  d1RowsWritten = 0;
  d1RowsRead = 0;
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
  /** The longest waits by class, in ms. */
  readonly #waits = new Map<string, number>();
  readonly #seconds = new Map<string, Map<string, number>>();

  /** @param times epoch ms */
  objectCalled(
    className: string,
    name: string,
    method: string,
    { arrivedAt, servedAt }: { arrivedAt: number; servedAt: number },
  ): void {
    addTo(this.#methods, className, method);
    addTo(this.#seconds, className, `${name} ${Math.floor(arrivedAt / 1000)}`);
    this.#waits.set(className, Math.max(this.#waits.get(className) ?? 0, servedAt - arrivedAt));
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
          maxWaitMs: Math.round(this.#waits.get(className) ?? 0),
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
