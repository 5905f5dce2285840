/** The Worker, with objects that live in the world of their schedule: its clock, faults and settings. */
import { BatchTracker as RealBatchTracker } from "../../src/batch/tracker.ts";
import { BrowserPool as RealBrowserPool } from "../../src/browsers/pool.ts";
import worker from "../../src/index.ts";
import type { Env } from "../../src/settings.ts";
import { faultyBindings } from "./bindings.ts";
import { speedUpAlarms } from "./fast-clock.ts";
import { livingProcess } from "./faults.ts";
import { worldOf } from "./world.ts";

/** An object's bindings with the faults of its schedule, or unchanged if it belongs to none. */
function bindingsOf(ctx: DurableObjectState, given: Env): Env {
  const world = worldOf(ctx.id.name ?? "");
  return world ? faultyBindings(given, world, livingProcess()) : given;
}

export class BatchTracker extends RealBatchTracker {
  readonly #untilDue: () => Promise<void>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, bindingsOf(ctx, env));
    this.#untilDue = speedUpAlarms(ctx.storage);
  }

  override async alarm(): Promise<void> {
    await this.#untilDue();
    await super.alarm();
  }
}

export class BrowserPool extends RealBrowserPool {
  readonly #untilDue: () => Promise<void>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, bindingsOf(ctx, env));
    this.#untilDue = speedUpAlarms(ctx.storage);
  }

  override async alarm(): Promise<void> {
    await this.#untilDue();
    await super.alarm();
  }
}

export { BatchFeed } from "../../src/index.ts";

export default {
  fetch: worker.fetch,
  /** The runtime's queue is not used: see queue.ts. */
  async queue(messages) {
    messages.ackAll();
  },
} satisfies ExportedHandler<Env>;
