/** `npm run demo`, as a user meets it. */
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

test("renders the test site, shows what came of it, and leaves nothing running", async () => {
  const run = demo();
  const code = await run.ended;
  const output = run.stdout();
  expect({ code, output, log: run.stderr() }).toMatchObject({ code: 0 });

  expect(output).toContain("25 of 25 pages");
  expect(output).toMatch(/attempt 1\/5, and its signature is good/);
  expect(output).toMatch(/event\.batch\.completed +24 of 25 completed, 1 failed, 24 credits/);
  for (const { path } of demoPages) expect(output).toContain(`  ${path} `);
  expect(output).toMatch(/\/shop\/basket +200 +Your basket – Tin and Clay +[\d,]+ +[\d,]+\n/);
  expect(output).toMatch(/\/news\/missing-story +404 +failed: http_error +– +\d+\n/);
  expect(output).toContain("The Markdown of /docs/getting-started begins:\n");
  expect(output).toContain("  │ # Getting started\n");
  expect(output).toMatch(/25 pages in \d+\.\d s, with the start of Chromium: \d+\.\d pages a second\./);
  // Nothing that colours or moves a cursor: standard output is no terminal here.
  for (const character of ["\r", "\u001b"]) expect(output).not.toContain(character);
  expect(await run.leftovers()).toEqual([]);
});

test("--keep: the calls that it prints work as they are, and Ctrl-C ends everything", async () => {
  const site = await startSite();
  try {
    const run = demo("--keep", `${site.origin}/shop/basket`, `${site.origin}/shop/kettles`);
    await run.untilPrinted(/Ctrl-C stops it/);
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

test("Ctrl-C while it starts leaves nothing running", async () => {
  const run = demo();
  await run.untilPrinted(/receiver/);
  run.signal("SIGINT");
  await run.ended;
  expect(await run.leftovers()).toEqual([]);
});

test("arguments that are off are explained, and nothing is started", async () => {
  const run = demo("ftp://example.com/");
  expect(await run.ended).toBe(2);
  expect(run.stderr()).toContain("ftp://example.com/ is no http or https URL.");
});
