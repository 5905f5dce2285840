/** Runs the Worker under `wrangler dev` in a child process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../processes/free-port.ts";
import { killTree, signal } from "../processes/process-tree.ts";
import { endWithParent } from "../setup/end-with-parent.mjs";
import { root, toolEnvironment } from "../setup/environment.mjs";
import { applyMigrations } from "../setup/migrations.mjs";

export interface WorkerOptions {
  /** Port of 127.0.0.1. Defaults to a free one. */
  port?: number;
  /** Override the variables of `wrangler.toml` and `.dev.vars`. */
  vars?: Record<string, string | number | boolean>;
  /** Folder for the data of D1, R2 and the Durable Objects. Gets the migrations first. Defaults to `.wrangler/state`. */
  persistTo?: string;
  /** More flags for `wrangler dev`. */
  flags?: string[];
  /** Flags for V8, such as `--trace-gc`, in all isolates of workerd. */
  v8Flags?: string[];
  /** Also print the Worker's output. */
  echo?: boolean;
  /** Time limit for the first response, in ms. Defaults to 60,000. */
  readyWithinMs?: number;
}

export interface RunningWorker {
  /** Such as `http://127.0.0.1:8787`. */
  readonly origin: string;
  /** Id of the process, which leads its own process group. */
  readonly pid: number;
  /** The last 256 KiB of its output. */
  output(): string;
  /** Resolves to the exit code when the process has ended, or to null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Stops it gracefully, or kills it after 10 seconds. Chromium and workerd end with it. */
  stop(): Promise<void>;
  /** Kills it with workerd and Chromium at once, like a power cut. */
  kill(): Promise<void>;
}

const keptOutput = 256 * 1024;
const shownOnFailure = 4000;
const stopLimitMs = 10_000;

/**
 * Starts `wrangler dev` in its own process group and waits until `GET /health` responds.
 *
 * @throws {Error} with the end of its output if it ends or does not respond in time
 */
export async function startWorker(options: WorkerOptions = {}): Promise<RunningWorker> {
  const { persistTo, flags = [], v8Flags = [], vars = {}, echo = false, readyWithinMs = 60_000 } = options;
  const port = options.port ?? (await freePort());
  if (persistTo) applyMigrations(persistTo);

  const [command = "wrangler", ...args] = endWithParent(
    ["wrangler", ...workerFlags({ port, persistTo, vars, flags })],
    "TERM",
  );
  const child = spawn(command, args, {
    cwd: root,
    // wrangler passes them on to workerd.
    env: { ...toolEnvironment(), MINIFLARE_WORKERD_V8_FLAGS: v8Flags.join(" ") },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const output = collectOutput(child, echo);
  // Not "close": processes that outlive wrangler may hold its output open.
  const ended = once(child, "exit").then(([code]) => code as number | null);
  await once(child, "spawn");
  const worker = runningWorker(child, `http://127.0.0.1:${port}`, output, ended);

  const failure = await failureBeforeReady(worker, readyWithinMs);
  if (failure === undefined) return worker;
  await worker.kill();
  throw new Error(`wrangler dev ${failure}. Its last output:\n${output().slice(-shownOnFailure)}`);
}

/** The arguments for wrangler. `flags` come last, because wrangler uses the last value of a repeated flag. */
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
  // The Worker must not outlive this process.
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

/** Resolves to undefined once `GET /health` has responded, or to what went wrong before. */
async function failureBeforeReady(worker: RunningWorker, limitMs: number): Promise<string | undefined> {
  let failure: string | undefined;
  void worker.ended.then((code) => {
    failure = code === null ? "was ended by a signal" : `exited with code ${code}`;
  });
  for (const end = Date.now() + limitMs; Date.now() < end; await delay(50)) {
    if (failure) return failure;
    if (await responds(`${worker.origin}/health`)) return undefined;
    if (/Build failed with \d+ error/.test(worker.output())) return "failed to build the Worker";
  }
  return `did not respond within ${limitMs / 1000} s`;
}

async function responds(url: string): Promise<boolean> {
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
