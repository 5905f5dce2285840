import { expect, test } from "vitest";
import { limitedRun } from "../../../../scripts/processes/limited-run.ts";
import { isRunning } from "./is-running.ts";

const node = (script: string) => [process.execPath, "-e", script];

async function run(script: string, limitMs = 20_000) {
  const lines: string[] = [];
  const ending = await limitedRun(node(script), { limitMs, onLine: (line) => lines.push(line) });
  return { ...ending, lines: lines.sort() };
}

test("passes on the lines of both outputs, even an unfinished last line, and returns how the command ended", async () => {
  const script = `console.log("one"); console.error("three"); process.stdout.write("two");`;
  expect(await run(script)).toEqual({ isOk: true, isTimedOut: false, lines: ["one", "three", "two"] });
  expect(await run("process.exit(3)")).toEqual({ isOk: false, isTimedOut: false, lines: [] });
});

test("kills a hanging command and what it started when time is up", async () => {
  const { isOk, isTimedOut, lines } = await run(
    `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
     console.log(child.pid); process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`,
    5000,
  );
  expect({ isOk, isTimedOut }).toEqual({ isOk: false, isTimedOut: true });
  await expectEnded(Number(lines[0]));
});

test("does not wait for processes that the command left behind with its output open", async () => {
  const { isOk, lines } = await run(
    `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
     console.log(child.pid); child.unref();`,
  );
  expect(isOk).toBe(true);
  await expectEnded(Number(lines[0]));
});

async function expectEnded(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(1);
  await expect.poll(() => isRunning(pid)).toBe(false);
}
