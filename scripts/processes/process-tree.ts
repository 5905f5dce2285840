/** Ends a process with all its descendants, even those in other process groups, such as wrangler's Chromium. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  pid: number;
  parent: number;
  group: number;
}

/**
 * Kills a process and its descendants with SIGKILL.
 *
 * Its process group is stopped first, so that it cannot start more processes meanwhile.
 */
export function killTree(pid: number): void {
  signal(-pid, "SIGSTOP");
  const groups = new Set(descendants(pid).map(({ group }) => group));
  for (const group of [pid, ...groups]) signal(-group, "SIGKILL");
}

/** Sends a signal to a process, or to a process group if `pid` is negative. Does nothing if it has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The process itself and its descendants, as far as they still run. */
export function descendants(ancestor: number): Process[] {
  const all = process.platform === "linux" ? fromProc() : fromPs();
  const found = all.filter(({ pid }) => pid === ancestor);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** `/proc/PID/stat` is "pid (name) state ppid pgrp …". The name can contain any character: see proc_pid_stat(5). */
function fromProc(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(name), parent: Number(parent), group: Number(group) }];
      } catch {
        return []; // It ended after it was listed.
      }
    });
}

function fromPs(): Process[] {
  return execFileSync("ps", ["-axo", "pid=,ppid=,pgid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => {
      const [pid = 0, parent = 0, group = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parent, group };
    });
}
