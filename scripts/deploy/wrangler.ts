/** Runs wrangler for one account. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killTree } from "../processes/process-tree.ts";
import { cacheFolder, root, toolEnvironment } from "../setup/environment.mjs";

export interface WranglerOptions {
  /** Keeps what wrangler remembers of one account, such as its id, from all others. */
  target: string;
  accountId: string;
  token: string;
  limitMs: number;
}

/** wrangler failed, or did not end in time. */
export class WranglerError extends Error {
  /** Cloudflare's codes. */
  readonly codes: number[];

  constructor(message: string, codes: number[]) {
    super(message);
    this.codes = codes;
  }
}

const shownOnFailure = 1500;

/** @throws {WranglerError} */
export async function wrangler(args: string[], options: WranglerOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "trawl-wrangler-"));
  const report = join(folder, "report.ndjson");
  try {
    const env = { ...wranglerEnvironment(options), WRANGLER_OUTPUT_FILE_PATH: report };
    const { code, output, isTimedOut } = await run(args, env, options.limitMs);
    if (code === 0) return;
    const command = `wrangler ${args[0]}`;
    if (isTimedOut) throw new WranglerError(`${command} did not end within ${options.limitMs / 1000} s.`, []);
    throw new WranglerError(
      `${command} failed:\n${withoutTables(output).slice(-shownOnFailure)}`,
      codesIn(report),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** wrangler lists the bundle's modules before it says what is wrong. */
function withoutTables(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^[│├└┌]/.test(line));
  return lines.join("\n").trim();
}

/** The token is in the environment only, where other users of the machine cannot see it. */
export function wranglerEnvironment({
  target,
  accountId,
  token,
}: Omit<WranglerOptions, "limitMs">): NodeJS.ProcessEnv {
  const cache = join(cacheFolder, "deploy", target);
  mkdirSync(cache, { recursive: true });
  const { CLOUDFLARE_API_KEY, CLOUDFLARE_EMAIL, CLOUDFLARE_ENV, ...inherited } = process.env;
  return {
    ...toolEnvironment(inherited),
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: accountId,
    WRANGLER_CACHE_DIR: cache,
    // Nothing asks.
    CI: "true",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
}

async function run(args: string[], env: NodeJS.ProcessEnv, limitMs: number) {
  const child = spawn("wrangler", args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const closed = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  await once(child, "spawn");
  const kill = () => killTree(child.pid as number);
  process.once("exit", kill);
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    kill();
  }, limitMs);
  const [code] = (await closed) as [number | null];
  clearTimeout(timer);
  process.off("exit", kill);
  return { code, output, isTimedOut };
}

/** wrangler writes what happened as JSON lines: WRANGLER_OUTPUT_FILE_PATH. */
function codesIn(report: string): number[] {
  if (!existsSync(report)) return [];
  const lines = readFileSync(report, "utf8").split("\n").filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as { type: string; code?: number })
    .flatMap(({ type, code }) => (type === "command-failed" && code !== undefined ? [code] : []));
}
