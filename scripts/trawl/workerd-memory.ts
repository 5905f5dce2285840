/** How much memory workerd holds. */
import { readFileSync } from "node:fs";
import { descendants } from "../processes/process-tree.ts";

const mebibyte = 1024 * 1024;

/**
 * Resident memory of all workerd processes that descend from `pid`, in MiB; null where there is no /proc.
 *
 * That is the Worker, its Durable Objects, and wrangler's local D1, R2 and Queues.
 */
export function workerdMemory(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const bytes = descendants(pid).map(({ pid }) => residentBytes(pid));
  return bytes.reduce((sum, each) => sum + each, 0) / mebibyte;
}

/** `/proc/PID/status` has "Name:" and, in KiB, "VmRSS:": see proc_pid_status(5). 0 for what is not workerd. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (!/^Name:\s+workerd$/m.test(status)) return 0;
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It has ended since it was listed.
  }
}
