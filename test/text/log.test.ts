/** What is logged, and what must not be. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { newKey } from "../../src/account/keys.ts";
import { newWebhookSecret } from "../../src/account/webhook-secret.ts";
import { database } from "../../src/db/client.ts";
import { listDeliveries } from "../../src/db/deliveries.ts";
import { accounts } from "../../src/db/schema.ts";
import { log, messageOf, placeOf, setLogLevel } from "../../src/text/log.ts";
import { newBatch, newCaller } from "../api/caller.ts";
import { newHook } from "../webhook/hook.ts";

type Line = Record<string, unknown> & { level: string; event: string };

let lines: Line[];

beforeEach(() => {
  lines = [];
  for (const method of ["debug", "log", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((text) => {
      if (typeof text === "string" && text.startsWith("{")) lines.push(JSON.parse(text));
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  setLogLevel("debug");
});

describe("the log level", () => {
  const all = ["debug", "info", "warn", "error"] as const;

  it.each([
    ["debug", all],
    ["info", ["info", "warn", "error"]],
    ["error", ["error"]],
    ["loud", all],
    [undefined, all],
  ])("%s leaves out lines below it", (level, written) => {
    setLogLevel(level);
    for (const each of all) log(each, "thing.happened");
    expect(lines.map((line) => line.level)).toEqual(written);
  });
});

describe("a line", () => {
  it("has the event, its time, its level and its fields", () => {
    log("warn", "thing.broke", { batch_id: "batch_1", item: 3, code: undefined, gone: null });
    expect(lines).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: "warn",
        event: "thing.broke",
        batch_id: "batch_1",
        item: 3,
        gone: null,
      },
    ]);
  });

  it.each([
    [`The key ${newKey()} is off.`, "The key trawl_… is off."],
    [`Signed by ${newWebhookSecret()}.`, "Signed by whsec_…."],
    ["authorization: Bearer abc.def-ghi, more", "authorization: Bearer …, more"],
    ["authorization: Basic dXNlcjpwYXNz", "authorization: Basic …"],
    [
      "No answer from https://user:p%40ss@example.com:8443/hook.",
      "No answer from https://…@example.com:8443/hook.",
    ],
    ["ws://me@example.com/ failed", "ws://…@example.com/ failed"],
    [
      "See https://t.example/hosted/a_1/html?account=x&signature=abc there",
      "See https://t.example/hosted/a_1/html?… there",
    ],
    [
      "<https://a.example/x#token=1> and 'https://b.example/?k=v'",
      "<https://a.example/x?…> and 'https://b.example/?…'",
    ],
    [
      "An address such as me@example.com, a:b?c#d and 1/5 stay.",
      "An address such as me@example.com, a:b?c#d and 1/5 stay.",
    ],
  ])("contains no key, secret or signed URL: %s", (given, written) => {
    log("error", "thing.failed", { error: messageOf(new Error(given)), stack: `Error: ${given}` });
    expect(lines).toMatchObject([{ error: written, stack: `Error: ${written}` }]);
  });
});

it("the password in a URL is removed even if the message is cut in the middle of it", () => {
  const message = messageOf(new Error("Failed to fetch https://user:password@example.com/"), 30);
  expect(message).toBe("Failed to fetch https://…@exam");
});

it("a failed query is logged as what D1 says, and its stack without the query's parameters", async () => {
  const thrown = await database(env.DB)
    .insert(accounts)
    .values({ id: "acct_1", name: "a", createdAt: 1, webhookSecret: "a secret", rateUsd: null as never })
    .catch((error) => error);
  expect(thrown.message).toContain("a secret");
  log("error", "request.failed", { error: messageOf(thrown), stack: placeOf(thrown) });
  expect(lines).toMatchObject([
    {
      error: expect.stringMatching(/^D1_ERROR: NOT NULL constraint failed: accounts.rate_usd/),
      stack: expect.stringMatching(/^at /),
    },
  ]);
  expect(JSON.stringify(lines)).not.toContain("a secret");
});

it("where an error was thrown is logged without its message, and not at any length", () => {
  const thrown = new Error("Bad value: order=42\nand more of what was sent");
  expect(placeOf(thrown)).toMatch(/^at .+log\.test\.ts/);
  expect(placeOf(thrown)).not.toMatch(/order|more/);
  thrown.stack = `Error: long\n${"    at somewhere (file.ts:1:1)\n".repeat(10_000)}`;
  expect(placeOf(thrown)).toHaveLength(2000);
  expect(placeOf("not an error")).toBeUndefined();
});

it("the lines of an item tell its story from acceptance to the webhook", async () => {
  const hook = newHook();
  const caller = await newCaller();
  const site = inject("site");
  const batch = await newBatch(caller, {
    items: [
      { custom_id: "good", url: `${site}/plain/bare` },
      { custom_id: "flaky", url: `${site}/fault/flaky/log?fail=1&status=503` },
      { custom_id: "gone", url: `${site}/fault/status/410` },
    ],
    webhook: hook.url.replace("://", "://user:password@"),
  });
  await vi.waitFor(
    async () => expect(await listDeliveries(database(env.DB), caller.account.id, batch.id)).toHaveLength(1),
    { timeout: 25_000, interval: 100 },
  );

  const story = (item?: number) =>
    lines
      .filter((line) => line.batch_id === batch.id && line.item === item)
      .map(({ event, rendering, code, http_status }) =>
        [event, rendering, code ?? http_status].filter((part) => part !== undefined).join(" "),
      );
  expect(story(0)).toEqual(["item.claimed 1", "page.begun 1", "item.completed 1 200"]);
  expect(story(1)).toEqual([
    "item.claimed 1",
    "page.begun 1",
    "item.will_retry 1 http_error",
    "item.claimed 2",
    "page.begun 2",
    "item.completed 2 200",
  ]);
  expect(story(2)).toEqual(["item.claimed 1", "page.begun 1", "item.failed 1 http_error"]);
  const whole = story().map((line) => line.split(" ")[0]);
  expect(new Set(whole)).toEqual(
    new Set([
      "batch.accepted",
      "batch.taken_on",
      "pages.announced",
      "items.projected",
      "batch.completed",
      "webhook.delivered",
    ]),
  );
  const ofBatch = lines.filter((line) => line.batch_id === batch.id);
  expect(ofBatch.filter((line) => line.account_id !== caller.account.id)).toEqual([]);
  const sessions = ofBatch.filter(({ event }) => event === "page.begun").map(({ session }) => session);
  for (const session of sessions) {
    expect(lines).toContainEqual(expect.objectContaining({ event: "browser.launched", session }));
  }
  const text = JSON.stringify(lines);
  for (const secret of [caller.key, caller.account.webhookSecret, "user:password"])
    expect(text).not.toContain(secret);
});
