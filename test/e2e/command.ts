/** Commands of package.json, run as a user runs them: in a process group of their own, like a shell's job. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../scripts/setup/environment.mjs";

export interface Command {
  /** Standard output so far. */
  stdout(): string;
  /** Standard error so far. */
  stderr(): string;
  /** Waits until standard output matches, and answers the match. Rejects when the command ends or 60 s pass before. */
  untilPrinted(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal to the whole group, as a terminal does. */
  signal(name: NodeJS.Signals): void;
  /** The exit code; null if a signal ended npm itself. */
  ended: Promise<number | null>;
  /** Waits up to 5 s for every process that the command started to be gone. Answers the command lines of those left. */
  leftovers(): Promise<string[]>;
}

/** In the environment of each process that a command starts, with a value of the command's own. */
const mark = "TRAWL_TEST_COMMAND";

const printLimitMs = 60_000;
const goneLimitMs = 5000;

/** Starts `npm run NAME -- ARGS`. */
export function npmRun(name: string, args: string[] = [], env: Record<string, string> = {}): Command {
  const id = randomUUID();
  const child = spawn("npm", ["run", "--silent", name, "--", ...args], {
    cwd: root,
    env: { ...process.env, ...env, [mark]: id },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  let isOver = false;
  const ended = once(child, "close").then(([code]) => {
    isOver = true;
    return code as number | null;
  });
  return {
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended,
    async untilPrinted(pattern) {
      for (const end = Date.now() + printLimitMs; Date.now() < end; await delay(20)) {
        const match = pattern.exec(text.stdout);
        if (match) return match;
        if (isOver) break;
      }
      throw new Error(`npm run ${name} has not printed ${pattern}, but:\n${text.stdout}${text.stderr}`);
    },
    signal(name) {
      if (!isOver) process.kill(-(child.pid as number), name);
    },
    async leftovers() {
      for (const end = Date.now() + goneLimitMs; ; await delay(50)) {
        const left = processesMarked(id);
        if (left.length === 0 || Date.now() > end) return left;
      }
    },
  };
}

/** Command lines of the processes that a command has started; none where there is no /proc. */
function processesMarked(id: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(`${mark}=${id}`)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 200)];
      } catch {
        return []; // It has ended, or is somebody else's.
      }
    });
}
