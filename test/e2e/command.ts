/** Runs commands of package.json like a user: each in its own process group, like a shell's job. */
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
  /** Waits until standard output matches. Rejects if the command ends before that, or after 60 s. */
  untilPrinted(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal to the whole process group, like a terminal. */
  signal(name: NodeJS.Signals): void;
  /** Resolves to the exit code, or to null if a signal ended npm itself. */
  ended: Promise<number | null>;
  /** Waits up to 5 s for all processes of the command to end. Returns the command lines of those that still run. */
  leftovers(): Promise<string[]>;
}

/** Environment variable that marks all processes of a command with the command's id. */
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
      throw new Error(`npm run ${name} did not print ${pattern}. It printed:\n${text.stdout}${text.stderr}`);
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

/** Command lines of the running processes of a command. Empty on systems without /proc. */
function processesMarked(id: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(`${mark}=${id}`)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 200)];
      } catch {
        return []; // It has ended, or belongs to another user.
      }
    });
}
