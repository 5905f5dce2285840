/** Driving a webhook's delivery in tests: the test's clock, and the attempts that were made. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { database } from "../../src/db/client.ts";
import { type DeliveryRow, listDeliveries } from "../../src/db/deliveries.ts";
import type { WebhookBody } from "../../src/webhook/payload.ts";
import type { Hook } from "./hook.ts";
import type { SettledBatch } from "./settled-batch.ts";

export const minute = 60_000;

/** Moves the clock, which must be fake, forward. */
export function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** The attempts that are in D1, oldest first. */
export function attempts({ account, id }: SettledBatch): Promise<DeliveryRow[]> {
  return listDeliveries(database(env.DB), account.id, id);
}

/** Waits until `count` attempts are in D1. */
export async function recorded(batch: SettledBatch, count: number): Promise<DeliveryRow[]> {
  await vi.waitFor(async () => expect(await attempts(batch)).toHaveLength(count), { timeout: 20_000 });
  return attempts(batch);
}

/** Starts the batch, and waits until its first attempt is in D1. */
export async function firstAttempt(batch: SettledBatch): Promise<void> {
  await batch.tracker.start(batch.id);
  await recorded(batch, 1);
}

/** Asks for the event to be sent again. Runs the alarm, since the test's clock may be ahead of the platform's. */
export async function redeliver({ tracker, id }: SettledBatch): Promise<void> {
  await tracker.redeliver(id);
  await runDurableObjectAlarm(tracker);
}

/** The bodies that the receiver got, oldest first. */
export async function sent(hook: Hook): Promise<WebhookBody[]> {
  return (await hook.calls()).map(({ json }) => json as WebhookBody);
}

/** Makes the batch's tracker use this database. */
export async function useDatabase({ tracker }: SettledBatch, d1: D1Database): Promise<void> {
  await runInDurableObject(tracker, (instance) => {
    Object.assign(instance, { env: { ...env, DB: d1 } });
  });
}
