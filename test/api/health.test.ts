/** `GET /health`: what it shows to whom, and that it responds when a part hangs or fails. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { settledBatch } from "../webhook/settled-batch.ts";
import { anonymous, callWith, newCaller } from "./caller.ts";

const operator = callWith({ Authorization: `Bearer ${env.ADMIN_TOKEN}` });
const never = () => new Promise<never>(() => {});
const fails = () => {
  throw new Error("It fails.");
};

/** A binding whose every call does `instead`. */
const broken = (instead: () => unknown) => new Proxy({}, { get: () => instead }) as never;

const poolThat = (instead: () => unknown) =>
  ({ idFromName: () => "pool", get: () => broken(instead) }) as unknown as typeof env.BROWSER_POOL;

describe("health", () => {
  it("shows only whether the service is up to callers without the admin token", async () => {
    const { key } = await newCaller();
    for (const call of [
      anonymous,
      callWith({ Authorization: `Bearer ${key}` }),
      callWith({ Authorization: "Bearer wrong" }),
      callWith({ Authorization: `Basic ${env.ADMIN_TOKEN}` }),
      callWith({ Authorization: "Bearer " }),
    ]) {
      const { status, body, headers } = await call("GET", "/health", { env: {} });
      expect([status, body]).toEqual([200, { status: "up" }]);
      expect(headers.get("Cache-Control")).toBe("no-store");
    }
  });

  it("shows the operator the state of each part", async () => {
    const { status, body } = await operator("GET", "/health", { env: { MAX_BROWSERS: "3" } });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "up",
      checked_at: expect.any(Number),
      configuration: { status: "up", ms: expect.any(Number) },
      d1: { status: "up", ms: expect.any(Number), batches_running: 0, batches_quiet: 0 },
      r2: { status: "up", ms: expect.any(Number) },
      queue: { status: "up", ms: expect.any(Number), backlog: 0 },
      pool: {
        status: "up",
        ms: expect.any(Number),
        browsers: 0,
        leased: 0,
        launching: 0,
        max: 3,
        consumers: 0,
        consumers_are_scarce: false,
        batches_waiting: 0,
        pages_waiting: 0,
      },
    });
  });

  it("counts the running batches, and those that have gone quiet", async () => {
    await settledBatch();
    await settledBatch({ updatedAt: Date.now() - 4 * 60_000 });
    await settledBatch({ status: "completed", completedAt: 1, updatedAt: 1, creditsConsumed: 0 });
    const { body } = await operator("GET", "/health", { env: {} });
    expect(body.d1).toMatchObject({ batches_running: 2, batches_quiet: 1 });
  });

  it("shows how many tickets are waiting and for how long, and when launches are held back", async () => {
    const { body } = await operator("GET", "/health", {
      env: {
        RENDER_QUEUE: {
          metrics: async () => ({ backlogCount: 7, oldestMessageTimestamp: new Date(Date.now() - 1500) }),
        } as never,
        BROWSER_POOL: poolThat(async () => ({
          browsers: 2,
          leased: 1,
          launching: 0,
          max: 2,
          heldBackUntil: Date.now() + 60 * 60_000,
        })),
      },
    });
    expect(body.queue).toMatchObject({ backlog: 7 });
    expect(body.queue.oldest_ms).toBeGreaterThanOrEqual(1400);
    expect(body.pool).toMatchObject({ browsers: 2, leased: 1 });
    expect(body.pool.held_back_ms).toBeGreaterThan(30 * 60_000);
  });

  it.each([
    ["d1", { DB: broken(fails) }],
    ["r2", { CONTENT: broken(fails) }],
    ["queue", { RENDER_QUEUE: broken(fails) }],
    ["pool", { BROWSER_POOL: poolThat(fails) }],
    ["pool", { BROWSER_POOL: broken(fails) }],
  ])("is down when %s fails, and names it", async (part, changed) => {
    const { status, body } = await operator("GET", "/health", { env: changed });
    expect([status, body.status]).toEqual([503, "down"]);
    expect(body[part]).toMatchObject({ status: "down", error: expect.stringContaining("It fails.") });
    const others = ["d1", "r2", "queue", "pool"].filter((name) => name !== part);
    expect(others.map((name) => body[name].status)).toEqual(["up", "up", "up"]);
    expect(await anonymous("GET", "/health", { env: changed })).toMatchObject({
      status: 503,
      body: { status: "down" },
    });
  });

  it.each([
    ["r2", { CONTENT: broken(never) }],
    ["queue", { RENDER_QUEUE: broken(never) }],
    ["pool", { BROWSER_POOL: poolThat(never) }],
  ])("responds when %s hangs", async (part, changed) => {
    const { status, body } = await operator("GET", "/health", { env: { ...changed, IO_TIMEOUT_MS: "100" } });
    expect(status).toBe(503);
    expect(body[part]).toMatchObject({
      status: "down",
      error: expect.stringContaining("longer than 100 ms"),
    });
  });

  it.each([
    [
      "a secret that is too short",
      { URL_SIGNING_SECRET: "short" },
      "URL_SIGNING_SECRET: must be at least 32 bytes",
    ],
    ["an invalid variable", { RENDER_HEARTBEAT_MS: "9000" }, "RENDER_HEARTBEAT_MS: must be a third"],
  ])("is down with %s, and names it to the operator", async (_, changed, rule) => {
    const { status, body } = await operator("GET", "/health", { env: changed });
    expect([status, body.status]).toEqual([503, "down"]);
    expect(body.configuration).toMatchObject({ status: "down", error: expect.stringContaining(rule) });
  });

  it("is down with an admin token that is too short, which opens nothing", async () => {
    const short = { env: { ADMIN_TOKEN: "thirty-one bytes are not enough" } };
    const guess = callWith({ Authorization: `Bearer ${short.env.ADMIN_TOKEN}` });
    expect(await guess("GET", "/health", short)).toMatchObject({ status: 503, body: { status: "down" } });
    expect((await guess("GET", "/health", short)).body).not.toHaveProperty("configuration");
    expect((await guess("POST", "/probe", { ...short, body: {} })).status).toBe(401);
  });

  it("limits the requests of one address, with or without a token", async () => {
    const limited = { env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    const from = (address: string, token: string) =>
      callWith({ "CF-Connecting-IP": address, Authorization: `Bearer ${token}` })("GET", "/health", limited);
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await from("192.0.2.7", `guess ${i}`)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await from("192.0.2.8", "guess")).status).toBe(200);
  });

  it("runs one check for concurrent requests, and later ones get the last result", async () => {
    let asked = 0;
    const answers: (() => void)[] = [];
    const metrics = () => {
      asked += 1;
      return new Promise((resolve) => answers.push(() => resolve({ backlogCount: 0 })));
    };
    const { app } = await import("../../src/api/app.ts");
    const deployment = { ...env, RENDER_QUEUE: { metrics } };
    const ask = async () => (await app.request("/health", {}, deployment)).status;
    const first = Promise.all(Array.from({ length: 20 }, ask));
    await expect.poll(() => answers).toHaveLength(1);
    answers[0]?.();
    expect(new Set(await first)).toEqual(new Set([200]));
    expect(asked).toBe(1);
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      vi.setSystemTime(Date.now() + 2000);
      const second = ask();
      await expect.poll(() => answers).toHaveLength(2);
      expect([await ask(), await ask(), asked]).toEqual([200, 200, 2]);
      answers[1]?.();
      expect(await second).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });

  it("checks the parts at most once in two seconds", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      let asked = 0;
      const metrics = async () => {
        asked += 1;
        if (asked === 2) throw new Error("It fails.");
        return { backlogCount: 0 };
      };
      const { app } = await import("../../src/api/app.ts");
      const deployment = { ...env, RENDER_QUEUE: { metrics } };
      const ask = async () => (await app.request("/health", {}, deployment)).status;
      expect([await ask(), await ask(), asked]).toEqual([200, 200, 1]);
      vi.setSystemTime(Date.now() + 1999);
      expect([await ask(), asked]).toEqual([200, 1]);
      vi.setSystemTime(Date.now() + 1);
      expect([await ask(), await ask(), asked]).toEqual([503, 503, 2]);
      vi.setSystemTime(Date.now() + 2000);
      expect([await ask(), asked]).toEqual([200, 3]);
    } finally {
      vi.useRealTimers();
    }
  });
});
