import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { killTree } from "../../../../scripts/processes/process-tree.ts";

/** Starts a process in a group of its own that starts another one in yet another, prints its id, and waits. */
const family = `
const { spawn } = require("node:child_process");
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
console.log(child.pid);
setInterval(() => {}, 1000);
`;

test("kills a process with a descendant that has left its group", async () => {
  const leader = spawn(process.execPath, ["-e", family], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(leader.stdout, "data");
  const descendant = Number(String(line));
  expect(isRunning(descendant)).toBe(true);

  killTree(leader.pid as number);

  await once(leader, "exit");
  for (let attempt = 0; attempt < 100 && isRunning(descendant); attempt++) await delay(20);
  expect(isRunning(descendant)).toBe(false);
});

test("a process that has ended is passed over", async () => {
  const leader = spawn(process.execPath, ["-e", ""], { detached: true });
  await once(leader, "exit");
  expect(() => killTree(leader.pid as number)).not.toThrow();
});

/** A process that nobody has collected yet (state Z) has ended. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
