/** Counts a probe's consumers: how many the queue runs at once. It lives in memory only. */
import type { ConsumerProbe } from "../protocol/ticket.ts";

export interface ConsumerCount {
  /** When each number of consumers at once was first reached, in ms since the probe began. */
  reached: { consumers: number; afterMs: number }[];
  /** Tickets that have been picked up. */
  tickets: number;
}

export class Headcount {
  #probe = "";
  #present = 0;
  #count: ConsumerCount = { reached: [], tickets: 0 };

  /** Counts a consumer for as long as this takes, `ms`; 0 only reads. A new probe starts from nothing. */
  async hold({ id, beganAt }: ConsumerProbe, ms: number): Promise<ConsumerCount> {
    if (id !== this.#probe) {
      this.#probe = id;
      this.#present = 0;
      this.#count = { reached: [], tickets: 0 };
    }
    const count = this.#count;
    if (ms === 0) return count;
    this.#present += 1;
    count.tickets += 1;
    if (this.#present > count.reached.length) {
      count.reached.push({ consumers: this.#present, afterMs: Date.now() - beganAt });
    }
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (id === this.#probe) this.#present -= 1;
    return count;
  }
}
