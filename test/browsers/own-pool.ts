/** A pool in the test's own isolate, with other settings or bindings than the deployment's. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { BrowserPool } from "../../src/browsers/pool.ts";
import type { RenderTicket } from "../../src/protocol/ticket.ts";
import type { Env } from "../../src/settings.ts";

/** A queue that keeps what it is sent, and delivers nothing. */
export class KeptTickets {
  readonly sent: RenderTicket[] = [];

  readonly queue = {
    sendBatch: async (messages: Iterable<{ body: RenderTicket }>) => {
      for (const { body } of messages) this.sent.push(body);
    },
  } as unknown as Queue<RenderTicket>;
}

/**
 * Runs `use` with a new pool on the storage of `stub`. Calling it again does what a restart does. Its tickets start no
 * consumers, unless `overrides` has another queue.
 */
export async function withPool<T>(
  stub: DurableObjectStub<BrowserPool>,
  overrides: Record<string, unknown>,
  use: (pool: BrowserPool) => Promise<T>,
): Promise<T> {
  const { queue } = new KeptTickets();
  return await runInDurableObject(stub, (_instance, state) =>
    use(new BrowserPool(state, { ...env, RENDER_QUEUE: queue, ...overrides } as Env)),
  );
}

/** The environment of a consumer that uses this pool. */
export function consumerOf(
  pool: Partial<BrowserPool> | DurableObjectStub<BrowserPool>,
  overrides: object = {},
): Env {
  const namespace = { idFromName: () => "pool", get: () => pool };
  return { ...env, BROWSER_POOL: namespace as unknown as Env["BROWSER_POOL"], ...overrides } as Env;
}
