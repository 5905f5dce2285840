/** Runs `npm run demo` like a user. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { demoPages } from "../site/pages.ts";
import { startSite } from "../site/server.ts";
import { type Command, npmRun } from "./command.ts";

const commands: Command[] = [];

function demo(...args: string[]): Command {
  const command = npmRun("demo", args);
  commands.push(command);
  return command;
}

afterAll(() => {
  for (const command of commands) command.signal("SIGKILL");
});

test("renders the test site, shows the results, and leaves nothing running", async () => {
  const run = demo();
  const code = await run.ended;
  const output = run.stdout();
  expect({ code, output, log: run.stderr() }).toMatchObject({ code: 0 });

  expect(output).toContain("25 of 25 pages");
  expect(output).toContain("Received the webhook (attempt 1/5) and verified its signature:\n");
  expect(output).toMatch(/event\.batch\.completed +24 of 25 completed, 1 failed, 24 credits/);
  for (const { path } of demoPages) expect(output).toContain(`  ${path} `);
  expect(output).toMatch(/\/shop\/basket +200 +Your basket – Tin and Clay +[\d,]+ +[\d,]+\n/);
  expect(output).toMatch(/\/news\/missing-story +404 +failed: http_error +– +\d+\n/);
  expect(output).toContain("Markdown of /docs/getting-started:\n");
  expect(output).toContain("  │ # Getting started\n");
  expect(output).toMatch(
    /Finished 25 pages in \d+\.\d s \(\d+\.\d pages\/s\), including the start of Chromium\.\n✔ 24 completed, 1 failed as expected\n/,
  );
  // No colors and no cursor movement, because standard output is not a terminal here.
  for (const character of ["\r", "\u001b"]) expect(output).not.toContain(character);
  expect(await run.leftovers()).toEqual([]);
});

test("with --keep, the printed requests work, and Ctrl-C ends everything", async () => {
  const site = await startSite();
  try {
    const run = demo("--keep", `${site.origin}/shop/basket`, `${site.origin}/shop/kettles`);
    await run.untilPrinted(/Press Ctrl-C to stop/);
    const lines = run.stdout().match(/^curl .*$/gm) ?? [];
    expect(lines).toHaveLength(4);
    const answers = await Promise.all(
      lines.map((line) => promisify(execFile)("sh", ["-c", `${line} --silent --fail --max-time 10`])),
    );
    expect(answers.map(({ stdout }) => JSON.parse(stdout))).toMatchObject([
      { object: "batch", status: "completed", completed_urls: 2 },
      { object: "list", items_count: 2 },
      { markdown_content: expect.stringContaining("Tin and Clay") },
      { object: "batch", status: "in_progress", total_urls: 1 },
    ]);

    run.signal("SIGINT");
    await run.ended;
    expect(await run.leftovers()).toEqual([]);
  } finally {
    await site.close();
  }
});

test("Ctrl-C during startup leaves nothing running", async () => {
  const run = demo();
  await run.untilPrinted(/Receiver/);
  run.signal("SIGINT");
  await run.ended;
  expect(await run.leftovers()).toEqual([]);
});

test("a wrong argument is explained", async () => {
  const run = demo("ftp://example.com/");
  expect(await run.ended).toBe(2);
  expect(run.stderr()).toContain('URL must be an http or https URL, got "ftp://example.com/".');
});
