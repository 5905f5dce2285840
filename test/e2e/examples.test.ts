/** The programs in examples/, run against a real Trawl and the test site. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/setup/environment.mjs";
import { startTemporaryTrawl, type TemporaryTrawl } from "../../scripts/trawl/temporary-trawl.ts";
import { type Site, startSite } from "../site/server.ts";

let site: Site;
let trawl: TemporaryTrawl;
let receiver: Receiver;

beforeAll(async () => {
  [site, trawl] = await Promise.all([startSite(), startTemporaryTrawl("examples")]);
  receiver = await startReceiver(trawl.webhookSecret);
});

afterAll(async () => {
  receiver?.child.kill();
  await trawl?.stop();
  await site?.close();
});

function example(name: string, args: string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(root, "examples", name), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface Receiver {
  child: ChildProcess;
  origin: string;
  /** The lines it has printed. */
  lines(): string[];
  untilPrinted(pattern: RegExp): Promise<void>;
}

async function startReceiver(secret: string): Promise<Receiver> {
  const child = example("webhook-receiver.mjs", ["--port", "0"], { TRAWL_WEBHOOK_SECRET: secret });
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
  });
  const untilPrinted = async (pattern: RegExp) => {
    for (const end = Date.now() + 20_000; !pattern.test(printed); await delay(20)) {
      if (Date.now() > end || child.exitCode !== null) throw new Error(`No ${pattern} in: ${printed}`);
    }
  };
  await untilPrinted(/Listening at/);
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? "";
  return { child, origin, lines: () => printed.trim().split("\n"), untilPrinted };
}

function runClient(args: string[], key = trawl.client.key) {
  return runExample("batch-client.mjs", args, key);
}

async function runExample(name: string, args: string[], key = trawl.client.key) {
  const child = example(name, args, { TRAWL: trawl.client.origin, TRAWL_KEY: key });
  const ended = once(child, "exit");
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((out) => (out ? text(out) : "")),
  );
  const [code] = await ended;
  return { code: code as number, stdout: stdout ?? "", stderr: stderr ?? "" };
}

test("the client prints every page's Markdown, and the receiver verifies and handles the event", async () => {
  const pages = [`${site.origin}/tiny/1`, `${site.origin}/tiny/2`];
  const { code, stdout, stderr } = await runClient(["--webhook", `${receiver.origin}/`, ...pages]);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("2 completed, 0 failed."),
  });
  expect(stdout).toContain("# Tiny page 1");
  expect(stdout).toContain("# Tiny page 2");
  const [id] = /batch_\w+/.exec(stderr) ?? [];
  await receiver.untilPrinted(new RegExp(`event\\.batch\\.completed: ${id}, 2 completed, 0 failed`));
});

test("the client says which page failed and why, and exits with 1", async () => {
  const { code, stdout, stderr } = await runClient([
    `${site.origin}/tiny/3`,
    `${site.origin}/news/missing-story`,
  ]);
  expect(code).toBe(1);
  expect(stdout).toContain("# Tiny page 3");
  expect(stderr).toMatch(/\/news\/missing-story: http_error: .*404/);
});

test("the client says what the API refused, and exits with 1", async () => {
  const { code, stderr } = await runClient([`${site.origin}/tiny/1`], "trawl_unknown");
  expect(code).toBe(1);
  expect(stderr).toMatch(/POST \/v1\/batches: 401 \S/);
});

test("the follower prints each item as it finishes, and again from the start when it is run later", async () => {
  const urls = [`${site.origin}/tiny/4`, `${site.origin}/news/missing-story`];
  const { id } = await trawl.client.createBatch({
    items: urls.map((url) => ({ custom_id: url, url })),
  });
  const following = await runExample("follow-batch.mjs", [id]);
  expect(following).toMatchObject({ code: 1, stderr: expect.stringContaining("2 of 2 have finished.") });
  expect(following.stdout.trim().split("\n").sort()).toEqual([
    `completed  ${urls[0]}  Tiny page 4`,
    expect.stringMatching(/^failed {2}\S+\/missing-story {2}http_error: .*404/),
  ]);
  expect(await runExample("follow-batch.mjs", [id])).toMatchObject({ code: 1, stdout: following.stdout });
});

test("the follower says what the API refused, and exits with 1", async () => {
  const { code, stderr } = await runExample("follow-batch.mjs", ["batch_unknown"]);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("batch_unknown") });
});

/** Sends the receiver an event, signed by the specification's own recipe. */
async function send(
  body: string,
  { secret = trawl.webhookSecret, ageS = 0, signed = body, before = "" } = {},
) {
  const timestamp = String(Math.floor(Date.now() / 1000) - ageS);
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`event_1.${timestamp}.${signed}`).digest("base64");
  const response = await fetch(receiver.origin, {
    method: "POST",
    headers: {
      "webhook-id": "event_1",
      "webhook-timestamp": timestamp,
      "webhook-signature": `${before}v1,${signature}`,
    },
    body,
  });
  return { status: response.status, text: await response.text() };
}

const event = JSON.stringify({
  id: "event_1",
  object: "event.batch.completed",
  data: { id: "batch_1", items_completed: 1, items_failed: 0 },
});

test("the receiver refuses events that are forged, altered or old", async () => {
  const before = receiver.lines().filter((line) => line.startsWith("event."));
  const forged = `whsec_${Buffer.alloc(24).toString("base64")}`;
  expect(await send(event, { secret: forged })).toMatchObject({ status: 401 });
  expect(await send(event, { signed: event.replace("batch_1", "batch_2") })).toMatchObject({ status: 401 });
  expect(await send(event, { ageS: 301 })).toMatchObject({ status: 401 });
  expect((await fetch(receiver.origin, { method: "POST", body: event })).status).toBe(401);
  expect((await fetch(receiver.origin)).status).toBe(405);
  expect(receiver.lines().filter((line) => line.startsWith("event."))).toEqual(before);
});

test("the receiver handles an event once, whichever of two signatures is right", async () => {
  const other = `v1,${Buffer.alloc(32).toString("base64")} `;
  expect(await send(event, { before: other })).toEqual({ status: 200, text: "Handled.\n" });
  expect(await send(event)).toEqual({ status: 200, text: "Already handled.\n" });
  await receiver.untilPrinted(/batch_1, 1 completed/);
  expect(receiver.lines().filter((line) => line.includes("batch_1,"))).toHaveLength(1);
});
