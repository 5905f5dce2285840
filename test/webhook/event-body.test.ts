/** The body of a batch's event stays the same in all attempts, whatever happens to the batch meanwhile. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Validator } from "@cfworker/json-schema";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";
import { patchMetadata } from "../../src/db/batches.ts";
import { database } from "../../src/db/client.ts";
import { settings } from "../../src/settings.ts";
import { firstAttempt, minute, pass, recorded, redeliver, sent, useDatabase } from "./attempts.ts";
import { newHook } from "./hook.ts";
import { type SettledBatch, settledBatch } from "./settled-batch.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the event's body", () => {
  const metadata = (order: string) => ({ data: { metadata: { order } } });

  async function patch({ account, id }: SettledBatch, order: string): Promise<void> {
    await patchMetadata(database(env.DB), account.id, id, { order }, 50);
  }

  it("does not change between attempts, even if the metadata does", async () => {
    const hook = newHook([{ status: 500 }, { status: 500 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    await patch(batch, "8");
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await recorded(batch, 2);
    // A restart loses what was in memory.
    await evictDurableObject(batch.tracker);
    pass(5 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await recorded(batch, 3);
    const events = await sent(hook);
    expect(events).toMatchObject([metadata("7"), metadata("7"), metadata("7")]);
    expect(new Set(events.map(({ id, data }) => JSON.stringify({ id, data }))).size).toBe(1);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(3);
  });

  it("is the same in a redelivery", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    await patch(batch, "8");
    pass(minute);
    await redeliver(batch);
    await recorded(batch, 2);
    const [first, second] = await sent(hook);
    expect(second).toEqual({ ...first, timestamp: second?.timestamp });
    expect(second?.timestamp).not.toBe(first?.timestamp);
  });

  it("has the metadata of the moment of completion, even if it changes before the first attempt", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    // Changes the metadata right after the transaction that completes the batch.
    const changing = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "batch") {
          const member = Reflect.get(target, name);
          return typeof member === "function" ? member.bind(target) : member;
        }
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements);
          if ((await batch.read()).status === "completed") await patch(batch, "8");
          return results;
        };
      },
    });
    await useDatabase(batch, changing);
    await firstAttempt(batch);
    expect((await batch.read()).metadata).toEqual({ order: "8" });
    expect(await sent(hook)).toMatchObject([metadata("7")]);
  });

  it("is as the OpenAPI document describes it", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    const [event] = await sent(hook);
    const document = JSON.parse(JSON.stringify(openApiDocument()));
    const media = document.webhooks.batchCompleted.post.requestBody.content["application/json"];
    const validator = new Validator({ ...media.schema, components: document.components }, "2020-12", false);
    expect(validator.validate(event).errors).toEqual([]);
    expect(validator.validate(media.example).errors).toEqual([]);
    const [call] = await hook.calls();
    for (const { name } of document.webhooks.batchCompleted.post.parameters) {
      expect(call?.headers).toHaveProperty(name);
    }
  });

  it("is built again from D1 if the tracker has cleared its storage", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    pass(settings(env).TRACKER_RETENTION_MS + minute);
    await runDurableObjectAlarm(batch.tracker);
    await patch(batch, "8");
    await redeliver(batch);
    await recorded(batch, 2);
    const [first, second] = await sent(hook);
    expect(second?.id).toBe(first?.id);
    expect(second).toMatchObject(metadata("8"));
  });

  it("is sent with the password in the URL, which the API masks", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url.replace("://", "://user:s3cret@") });
    await firstAttempt(batch);
    const [call] = await hook.calls();
    expect(call?.headers.authorization).toBe(`Basic ${btoa("user:s3cret")}`);
  });
});
