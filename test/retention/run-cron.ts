/** Runs the Worker's schedule, as the platform does. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../src/index.ts";
import type { Env } from "../../src/settings.ts";

export async function runCron(cron: string, changed: Partial<Env> = {}): Promise<void> {
  const ctx = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron }), { ...env, ...changed });
  await waitOnExecutionContext(ctx);
}
