import { readFileSync } from "node:fs";
import { descendants } from "../processes/process-tree.ts";

const mebibyte = 1024 * 1024;

/**
 * Resident memory in MiB of all workerd processes started by `pid` or its descendants. Null on systems without /proc.
 *
 * This includes the Worker, its Durable Objects, and wrangler's local D1, R2 and Queues.
 */
export function workerdMemory(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const bytes = descendants(pid).map(({ pid }) => residentBytes(pid));
  return bytes.reduce((sum, each) => sum + each, 0) / mebibyte;
}

/** Reads /proc/PID/status, whose "VmRSS" is in KiB: see proc_pid_status(5). 0 for other programs than workerd. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (!/^Name:\s+workerd$/m.test(status)) return 0;
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It ended after it was listed.
  }
}
