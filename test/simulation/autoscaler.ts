/** How many consumers Queues may run at once. It documents only that their number follows the backlog: so several models. */
import type { Clock } from "./clock.ts";

export const autoscalers = ["at-once", "plus-one", "plus-one-per-10s", "full-backlog", "single"] as const;

export type AutoscalerName = (typeof autoscalers)[number];

/** How often the slow model looks at the backlog, in ms. */
const LOOK_MS = 10_000;

/** After this long without a message, in ms, consumers that are not running are given up. */
const QUIET_MS = 10_000;

export interface Load {
  /** Messages that wait to be delivered. */
  backlog: number;
  running: number;
  /** Since the last message came, in ms. */
  quietMs: number;
}

/**
 * - `at-once`: as many as the limit.
 * - `plus-one`: one more each time a consumer ends while messages wait.
 * - `plus-one-per-10s`: one more every 10 s while messages wait.
 * - `full-backlog`: one more each time a consumer ends while at least `max_batch_size` messages wait.
 * - `single`: never more than one.
 *
 * All but the first go down to the number that is running when no message has come for 10 s.
 */
export class Autoscaler {
  readonly #model: AutoscalerName;
  readonly #limit: number;
  readonly #batchSize: number;
  #allowed: number;

  /** @param onLook to be called when the number may have changed by itself; returns the load */
  constructor(
    model: AutoscalerName,
    { limit, batchSize }: { limit: number; batchSize: number },
    clock: Clock,
    onLook: (scale: (load: Load) => void) => void,
  ) {
    this.#model = model;
    this.#limit = limit;
    this.#batchSize = batchSize;
    this.#allowed = model === "at-once" ? limit : 1;
    if (model !== "plus-one-per-10s") return;
    const look = () => {
      onLook((load) => this.#follow(load, 1));
      clock.after(LOOK_MS, look);
    };
    clock.after(LOOK_MS, look);
  }

  get allowed(): number {
    return this.#allowed;
  }

  /** A consumer has ended. */
  consumerEnded(load: Load): void {
    if (this.#model === "plus-one") this.#follow(load, 1);
    if (this.#model === "full-backlog") this.#follow(load, this.#batchSize);
  }

  /** @param enough messages that wait for there to be one consumer more */
  #follow({ backlog, running, quietMs }: Load, enough: number): void {
    if (backlog >= enough) this.#allowed = Math.min(this.#limit, this.#allowed + 1);
    else if (quietMs >= QUIET_MS) this.#allowed = Math.max(1, Math.min(this.#allowed, running));
  }
}
