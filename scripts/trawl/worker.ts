/** The Worker under `wrangler dev`, as a child process: for `npm run dev`, the demo, the end-to-end tests, the bench. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../processes/free-port.ts";
import { killTree, signal } from "../processes/process-tree.ts";
import { endingWithParent } from "../setup/end-with-parent.mjs";
import { root, toolEnvironment } from "../setup/environment.mjs";
import { applyMigrations } from "../setup/migrations.mjs";

export interface WorkerOptions {
  /** Of 127.0.0.1; any free one if absent. */
  port?: number;
  /** Variables that override those of `wrangler.toml` and `.dev.vars`. */
  vars?: Record<string, string | number | boolean>;
  /** Where D1, R2 and Durable Objects are kept; `.wrangler/state` if absent. The migrations are applied to it first. */
  persistTo?: string;
  /** Further flags of `wrangler dev`. */
  flags?: string[];
  /** What the Worker prints goes to our standard output too. */
  echo?: boolean;
  /** How long it may take to answer for the first time, in ms. */
  readyWithinMs?: number;
}

export interface RunningWorker {
  /** Such as `http://127.0.0.1:8787`. */
  readonly origin: string;
  /** Of the process group's leader. */
  readonly pid: number;
  /** The last 256 KB of what it printed. */
  output(): string;
  /** Resolves to the exit code when it has ended, for whatever reason; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it in good order, and in any case within about 10 seconds; Chromium and workerd end with it. */
  stop(): Promise<void>;
  /** Ends it, workerd and Chromium at once with SIGKILL, as a power cut would. */
  kill(): Promise<void>;
}

const keptOutput = 256 * 1024;
const shownOnFailure = 4000;
const stopLimitMs = 10_000;

/**
 * Starts `wrangler dev` in a process group of its own, and waits until `GET /health` answers.
 *
 * @throws Error with the end of its output if it ends or does not answer in time
 */
export async function startWorker(options: WorkerOptions = {}): Promise<RunningWorker> {
  const { persistTo, flags = [], vars = {}, echo = false, readyWithinMs = 60_000 } = options;
  const port = options.port ?? (await freePort());
  if (persistTo) applyMigrations(persistTo);

  const [command = "wrangler", ...args] = endingWithParent(
    ["wrangler", ...workerFlags({ port, persistTo, vars, flags })],
    "TERM",
  );
  const child = spawn(command, args, {
    cwd: root,
    env: toolEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const output = collectOutput(child, echo);
  // Not "close": what outlives wrangler may still hold its output.
  const ended = once(child, "exit").then(([code]) => code as number | null);
  await once(child, "spawn");
  const worker = runningWorker(child, `http://127.0.0.1:${port}`, output, ended);

  const fault = await faultBeforeReady(worker, readyWithinMs);
  if (fault === undefined) return worker;
  await worker.kill();
  throw new Error(`wrangler dev ${fault}. The end of its output:\n${output().slice(-shownOnFailure)}`);
}

/** The arguments of wrangler. `flags` come last: where wrangler takes the last of several, they win. */
export function workerFlags({
  port,
  persistTo,
  vars,
  flags,
}: Required<Pick<WorkerOptions, "vars" | "flags">> & {
  port: number;
  persistTo?: string | undefined;
}): string[] {
  return [
    "dev",
    "--ip",
    "127.0.0.1",
    "--port",
    String(port),
    "--show-interactive-dev-session=false",
    ...(persistTo ? ["--persist-to", persistTo] : []),
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ...flags,
  ];
}

function runningWorker(
  child: ChildProcess,
  origin: string,
  output: () => string,
  ended: Promise<number | null>,
): RunningWorker {
  const pid = child.pid as number;
  // If this process ends first, so does the Worker.
  const killNow = () => killTree(pid);
  process.once("exit", killNow);
  void ended.then(() => process.off("exit", killNow));
  const kill = async () => {
    killNow();
    await ended;
  };
  const stop = async () => {
    signal(pid, "SIGTERM");
    const limit = new AbortController();
    await Promise.race([ended, delay(stopLimitMs, undefined, { signal: limit.signal }).catch(() => {})]);
    limit.abort();
    await kill();
  };
  return { origin, pid, output, ended, stop, kill };
}

/** What went wrong, or undefined once `GET /health` has answered. */
async function faultBeforeReady(worker: RunningWorker, limitMs: number): Promise<string | undefined> {
  let fault: string | undefined;
  void worker.ended.then((code) => {
    fault = `ended with ${code ?? "a signal"}`;
  });
  for (const end = Date.now() + limitMs; Date.now() < end; await delay(50)) {
    if (fault) return fault;
    if (await answers(`${worker.origin}/health`)) return undefined;
    if (/Build failed with \d+ error/.test(worker.output())) return "could not build the Worker";
  }
  return `did not answer within ${limitMs / 1000} s`;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Not listening yet.
  }
}

function collectOutput(child: ChildProcess, echo: boolean): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-keptOutput);
      if (echo) process.stdout.write(chunk);
    });
  }
  return () => text;
}
