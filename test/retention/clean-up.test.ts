/** The hourly clean-up: when its parts run, and that a part which fails does not keep the others from running. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { database } from "../../src/db/client.ts";
import { idempotencyKeys } from "../../src/db/schema.ts";
import { settings } from "../../src/settings.ts";
import { crons } from "../../src/triggers.ts";
import { completedBatch, objectsOf } from "./completed-batch.ts";
import { bucketThat } from "./failing-bucket.ts";
import { runCron } from "./run-cron.ts";

const { CONTENT_RETENTION_MS, IDEMPOTENCY_TTL_MS } = settings(env);
const hour = 60 * 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("idempotency keys", () => {
  it("are removed once they have expired, even while R2 fails", async () => {
    const { account } = await completedBatch(CONTENT_RETENTION_MS + 7000);
    const now = Date.now();
    const row = {
      accountId: account.id,
      bodyHash: "",
      batchId: "batch_x",
      lockedUntil: null,
      response: "{}",
    };
    const db = database(env.DB);
    await db
      .insert(idempotencyKeys)
      .values({ ...row, key: "expired", createdAt: now - IDEMPOTENCY_TTL_MS - 1000 });
    await db
      .insert(idempotencyKeys)
      .values({ ...row, key: "in use", createdAt: now - IDEMPOTENCY_TTL_MS + hour });
    await runCron(crons.cleanUp, { CONTENT: bucketThat(() => true).bucket });
    const left = await db.select({ key: idempotencyKeys.key }).from(idempotencyKeys);
    expect(left).toEqual([{ key: "in use" }]);
  });
});

describe("the schedule", () => {
  it("cleans up every hour, not every minute, and logs a part that fails without stopping the others", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 8000);
    await runCron(crons.wakeBatches);
    expect(await objectsOf(batch)).toHaveLength(1);
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const db = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "prepare") return Reflect.get(target, name);
        return (query: string) => {
          if (query.includes("idempotency_keys")) throw new Error("D1 fails.");
          return target.prepare(query);
        };
      },
    });
    await runCron(crons.cleanUp, { DB: db });
    const lines = errors.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(lines).toMatchObject([{ event: "clean_up.failed", part: "idempotency_keys" }]);
    expect(lines[0].error).toContain("D1 fails.");
    expect(await objectsOf(batch)).toEqual([]);
  });
});
