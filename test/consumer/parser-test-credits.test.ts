/** The credits of a parser test, while D1 fails. */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it, vi } from "vitest";
import { findAccountByName } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { holdCredits } from "../../src/db/credit-holds.ts";
import { openBindings } from "../../src/io/bindings.ts";
import { cleanUp } from "../../src/retention/clean-up.ts";
import type { Env } from "../../src/settings.ts";
import { type Answer, type Caller, newCaller } from "../api/caller.ts";
import { newParser } from "../api/custom-parsers.ts";

/** When a failing call fails: before it does its work, or after, by turns. */
type FailureKind = "before" | "by turns";

/** D1 with calls that fail. */
class FailingD1 {
  #failures = 0;
  readonly #kind: FailureKind;

  constructor(kind: FailureKind) {
    this.#kind = kind;
  }

  /** The number of calls that will still fail. */
  get failuresLeft(): number {
    return this.#failures;
  }

  fail(calls: number): void {
    this.#failures = calls;
  }

  get binding(): D1Database {
    const statements = new WeakMap<object, D1PreparedStatement>();
    const call = async (work: () => Promise<unknown>) => {
      const isFailing = this.#failures > 0;
      if (isFailing) this.#failures -= 1;
      const doesWork = !isFailing || (this.#kind === "by turns" && this.#failures % 2 === 1);
      const result = doesWork ? await work() : undefined;
      if (isFailing) throw new Error("D1 is down.");
      return result;
    };
    const failing = (statement: D1PreparedStatement): D1PreparedStatement => {
      const proxy = new Proxy(statement, {
        get(target, name) {
          if (name === "bind") return (...values: unknown[]) => failing(target.bind(...values));
          const method = Reflect.get(target, name);
          return (...args: unknown[]) => call(() => Reflect.apply(method, target, args));
        },
      });
      statements.set(proxy, statement);
      return proxy;
    };
    return {
      prepare: (sql: string) => failing(env.DB.prepare(sql)),
      batch: (given: D1PreparedStatement[]) =>
        call(() => env.DB.batch(given.map((one) => statements.get(one) ?? one))),
    } as unknown as D1Database;
  }
}

/** Tests a parser on a page. D1 fails so many times from the moment the page needs a browser. */
async function testWithFailures(
  caller: Caller,
  failures: number,
  path: string,
  kind: FailureKind = "by turns",
): Promise<Answer & { unmade: number }> {
  const id = await newParser(caller);
  const d1 = new FailingD1(kind);
  let hasFailed = false;
  const BROWSER_POOL = new Proxy(env.BROWSER_POOL, {
    get(target, name) {
      if (name === "idFromName" && !hasFailed) {
        hasFailed = true;
        d1.fail(failures);
      }
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const answer = await caller.call("POST", `/v1/parsers/${id}/test`, {
    body: { url: new URL(path, inject("site")).href },
    env: { DB: d1.binding, BROWSER_POOL } as Partial<Env>,
  });
  return { ...answer, unmade: d1.failuresLeft };
}

async function credits({ account }: Caller) {
  const row = await findAccountByName(database(env.DB), account.name);
  return { used: row?.creditsUsed, reserved: row?.creditsReserved };
}

describe("a parser test", () => {
  it("costs nothing if the page fails, even if D1 fails twice when the credits are given back", async () => {
    const caller = await newCaller({ creditLimit: 10 });
    const { status, body, unmade } = await testWithFailures(caller, 2, "/fault/status/404");
    expect({ status, error: body.error?.code, unmade }).toEqual({
      status: 200,
      error: "http_error",
      unmade: 0,
    });
    expect(await credits(caller)).toEqual({ used: 0, reserved: 0 });
  });

  it("costs its price once if the page succeeds, even if D1 fails twice afterwards", async () => {
    const caller = await newCaller({ creditLimit: 10 });
    const { status, body, unmade } = await testWithFailures(caller, 2, "/shop/kettles");
    expect({ status, test: body.status, unmade }).toEqual({ status: 200, test: "completed", unmade: 0 });
    expect(await credits(caller)).toEqual({ used: 1, reserved: 0 });
  });

  it("has its credits freed by the clean-up if D1 is down for longer, and says so in the log", async () => {
    const errors: string[] = [];
    const error = vi.spyOn(console, "error").mockImplementation((line) => void errors.push(line));
    const caller = await newCaller({ creditLimit: 10 });
    const { status, body } = await testWithFailures(caller, 100, "/fault/status/404", "before");
    error.mockRestore();
    expect({ status, error: body.error?.code }).toEqual({ status: 200, error: "http_error" });
    expect(errors.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        event: "parser_test.hold_not_ended",
        account_id: caller.account.id,
        credits: 1,
      }),
    );
    expect(await credits(caller)).toEqual({ used: 0, reserved: 1 });

    const bindings = openBindings(env);
    await cleanUp(bindings, Date.now() + 30 * 60_000);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 1 });
    await cleanUp(bindings, Date.now() + 61 * 60_000);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 0 });
  });

  it("cannot hold credits that another test or a batch holds", async () => {
    const { account } = await newCaller({ creditLimit: 10, creditsReserved: 3 });
    const hold = (credits: number) =>
      holdCredits(
        env.DB,
        { id: crypto.randomUUID(), accountId: account.id, credits, createdAt: Date.now() },
        10,
      );
    expect(await hold(4)).toBeNull();
    expect(await hold(4)).toEqual({ left: 3 });
    expect(await hold(3)).toBeNull();
  });

  it("waits for others of the account, but not for those that were abandoned", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const url = `${inject("site")}/shop/kettles`;
    const test = () => caller.call("POST", `/v1/parsers/${id}/test`, { body: { url } });
    const hold = (ageMs: number) =>
      holdCredits(
        env.DB,
        { id: crypto.randomUUID(), accountId: caller.account.id, credits: 1, createdAt: Date.now() - ageMs },
        10,
      );
    await hold(5 * 60_000);
    await hold(0);
    expect((await test()).body).toMatchObject({ status: "completed" });
    await hold(0);
    const { body, headers } = await test();
    expect(body).toMatchObject({
      status: 429,
      code: "rate_limited",
      detail: "The account is testing parsers on 2 pages now, as many as it can at once.",
    });
    expect(headers.get("Retry-After")).toBe("5");
    expect(await credits(caller)).toEqual({ used: 1, reserved: 3 });
    const other = await newCaller();
    const own = await newParser(other);
    expect((await other.call("POST", `/v1/parsers/${own}/test`, { body: { url } })).status).toBe(200);
  });
});
