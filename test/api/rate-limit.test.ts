/** The rate limit of each API key. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { items, newCaller } from "./caller.ts";

const caller = await newCaller();

describe("the rate limit", () => {
  it("returns 429 with Retry-After", async () => {
    await caller.call("GET", "/v1/batches/recent");
    const asked: string[] = [];
    const RATE_LIMIT = {
      limit: async ({ key }: { key: string }) => {
        asked.push(key);
        return { success: false };
      },
    };
    const answer = await caller.call("POST", "/v1/batches", {
      body: { items: items(1) },
      env: { RATE_LIMIT },
    });
    expect(answer.body).toMatchObject({ status: 429, code: "rate_limited", title: "Too Many Requests" });
    expect(answer.headers.get("Retry-After")).toMatch(/^[1-9][0-9]*$/);
    expect(asked).toEqual([expect.stringMatching(/^key_/)]);
  });

  it("counts each key separately", async () => {
    const [one, other] = [await newCaller(), await newCaller()];
    for (const { call } of [one, other]) await call("GET", "/v1/batches/recent");
    const limited = { env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    const statuses = [];
    for (let i = 0; i < 4; i += 1)
      statuses.push((await one.call("GET", "/v1/batches/recent", limited)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await other.call("GET", "/v1/batches/recent", limited)).status).toBe(200);
  });
});
