import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { killTree } from "../../../../scripts/processes/process-tree.ts";
import { isRunning } from "./is-running.ts";

/** Starts a child in its own process group, prints its id, and waits. */
const family = `
const { spawn } = require("node:child_process");
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
console.log(child.pid);
setInterval(() => {}, 1000);
`;

test("kills a process and a descendant in another process group", async () => {
  const leader = spawn(process.execPath, ["-e", family], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(leader.stdout, "data");
  const descendant = Number(String(line));
  expect(isRunning(descendant)).toBe(true);

  killTree(leader.pid as number);

  await once(leader, "exit");
  await expect.poll(() => isRunning(descendant)).toBe(false);
});

test("does nothing if the process has ended", async () => {
  const leader = spawn(process.execPath, ["-e", ""], { detached: true });
  await once(leader, "exit");
  expect(() => killTree(leader.pid as number)).not.toThrow();
});
