import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { limitedRun } from "../../../../scripts/processes/limited-run.ts";

const node = (script: string) => [process.execPath, "-e", script];

async function run(script: string, limitMs = 20_000) {
  const lines: string[] = [];
  const ending = await limitedRun(node(script), { limitMs, onLine: (line) => lines.push(line) });
  return { ...ending, lines: lines.sort() };
}

test("hands lines of both outputs on, the last without an end too, and says how it ended", async () => {
  const script = `console.log("one"); console.error("three"); process.stdout.write("two");`;
  expect(await run(script)).toEqual({ isOk: true, isTimedOut: false, lines: ["one", "three", "two"] });
  expect(await run("process.exit(3)")).toEqual({ isOk: false, isTimedOut: false, lines: [] });
});

test("kills what hangs when the time is over, with what it has started", async () => {
  const startedAt = Date.now();
  const { isOk, isTimedOut, lines } = await run(
    `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
     console.log(child.pid); process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`,
    1000,
  );
  expect({ isOk, isTimedOut }).toEqual({ isOk: false, isTimedOut: true });
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  await expectEnded(Number(lines[0]));
});

test("does not wait for what a command has left behind with its output open", async () => {
  const { isOk, lines } = await run(
    `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
     console.log(child.pid); child.unref();`,
  );
  expect(isOk).toBe(true);
  await expectEnded(Number(lines[0]));
});

async function expectEnded(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(1);
  for (let attempt = 0; attempt < 100 && isRunning(pid); attempt++) await delay(20);
  expect(isRunning(pid)).toBe(false);
}

/** A process that nobody has collected yet (state Z) has ended. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
