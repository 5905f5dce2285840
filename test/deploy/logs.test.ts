/** `npm run logs`, with the real wrangler. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { addScript } from "../cloudflare/account.ts";
import { npmRun } from "../e2e/command.ts";
import { type Deploying, startDeploying, token } from "./deploying.ts";

const name = "trawl-logged";
const time = "2026-11-25T12:30:01.250Z";
const timestamp = Date.parse(time);
let deploying: Deploying;

beforeAll(async () => {
  deploying = await startDeploying();
  addScript(deploying.target(name), name);
});

afterAll(() => deploying.stop());

function follow(...args: string[]) {
  const { fake, folder } = deploying;
  const env = { CLOUDFLARE_API_BASE_URL: fake.baseUrl, CLOUDFLARE_API_TOKEN: token };
  return npmRun("logs", ["--targets", folder, "--target", name, ...args], env);
}

function invocation(events: object[], { outcome = "ok", exceptions = [] as object[] } = {}) {
  const logs = events.map((event) => ({ message: [JSON.stringify(event)], level: "log", timestamp }));
  return { outcome, scriptName: name, eventTimestamp: timestamp, exceptions, logs, event: null };
}

const failed = { time, level: "warn", event: "item.failed", batch_id: "batch_1", item: 3, code: "not_found" };

test("each event is a line, and so is what ended an invocation", async () => {
  const { fake } = deploying;
  const command = follow();
  await fake.tails.connected();
  fake.tails.send(name, invocation([failed, { ...failed, item: 4, message: "two\nlines" }]));
  fake.tails.send(
    name,
    invocation([], {
      outcome: "exceededMemory",
      exceptions: [{ name: "Error", message: "Too much.", timestamp }],
    }),
  );
  await command.untilPrinted(/invocation\.failed.*\n/);
  expect(command.stdout().split("\n")).toEqual([
    "12:30:01.250  warn   item.failed  batch_id=batch_1 item=3 code=not_found",
    '12:30:01.250  warn   item.failed  batch_id=batch_1 item=4 code=not_found message="two\\nlines"',
    '12:30:01.250  error  exception  message="Error: Too much."',
    "12:30:01.250  error  invocation.failed  outcome=exceededMemory",
    "",
  ]);
  command.signal("SIGINT");
  await command.ended;
  expect(await command.leftovers()).toEqual([]);
  expect(fake.tails.count).toBe(0);
});

test("a batch and an item can be followed alone, as JSON too", async () => {
  const { fake } = deploying;
  const command = follow("--batch", "batch_1", "--item", "3", "--json");
  await fake.tails.connected();
  const others = [
    { ...failed, item: 4 },
    { ...failed, batch_id: "batch_2" },
    { time, level: "info", event: "tickets.sent" },
  ];
  fake.tails.send(name, invocation([...others, failed]));
  await command.untilPrinted(/item\.failed.*\n/);
  expect(command.stdout()).toBe(`${JSON.stringify(failed)}\n`);
  command.signal("SIGINT");
  await command.ended;
});

test("an item without its batch, and an unknown target, are explained", async () => {
  const item = follow("--item", "3");
  expect(await item.ended).toBe(2);
  expect(item.stderr()).toContain("--item needs --batch");
  const unknown = npmRun("logs", ["--target", "nowhere"], { CLOUDFLARE_API_TOKEN: token });
  expect(await unknown.ended).toBe(2);
  expect(unknown.stderr()).toContain("There is no target nowhere");
});
