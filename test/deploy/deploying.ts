/** Runs the deploy commands like a user, with the real wrangler against the fake of Cloudflare's API. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/setup/environment.mjs";
import type { Account, AccountOptions, Script } from "../cloudflare/account.ts";
import { runningVersion } from "../cloudflare/account.ts";
import { Cloudflare } from "../cloudflare/server.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

export const token = "a-token-of-the-tests";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Deploying {
  fake: Cloudflare;
  /** A folder of targets' files. */
  folder: string;
  /** Adds an account with a target of that name, both with the settings given. Its Worker has that name, too. */
  target(name: string, options?: AccountOptions, settings?: object): Account;
  /** Runs `npm run COMMAND -- ARGS` in this folder of targets. */
  run(command: string, ...args: string[]): Promise<Ended>;
  /** The same with another environment. Variables that are undefined are left out. */
  runWith(env: Record<string, string | undefined>, command: string, ...args: string[]): Promise<Ended>;
  stop(): Promise<void>;
}

/** Target names and generated files are shared by all runs on this checkout, so each test file has a prefix of its own. */
export async function startDeploying(): Promise<Deploying> {
  const fake = await Cloudflare.start();
  const folder = mkdtempSync(join(tmpdir(), "trawl-deploying-"));
  const runWith = async (env: Record<string, string | undefined>, command: string, ...args: string[]) => {
    const { CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, ADMIN_TOKEN, WORKERS_CI, ...inherited } =
      process.env;
    const all = { CLOUDFLARE_API_BASE_URL: fake.baseUrl, CLOUDFLARE_API_TOKEN: token, ...env };
    // What npm would run. npm itself takes a while to start.
    const [program = "", ...fixed] = (scripts[command] ?? "").split(" ");
    const child = spawn(program, [...fixed, "--targets", folder, ...args], {
      cwd: root,
      env: { ...inherited, ...all },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] += chunk;
      });
    }
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...text };
  };
  return {
    fake,
    folder,
    target(name, options, settings = {}) {
      const account = fake.addAccount(options);
      fake.addToken(token, [...(fake.tokens.get(token)?.accounts ?? []), account]);
      const file = { account_id: account.id, name, url: fake.workerUrl(account, name), ...settings };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(file));
      return account;
    },
    run: (command, ...args) => runWith({}, command, ...args),
    runWith,
    async stop() {
      await fake.stop();
      const made = readdirSync(folder).map((file) => file.replace(".json", ""));
      rmSync(folder, { recursive: true, force: true });
      for (const name of made) {
        rmSync(join(root, `wrangler.deploy.${name}.json`), { force: true });
        rmSync(join(root, ".cache/deploy", name), { recursive: true, force: true });
      }
    },
  };
}

/** What has to be the same however often a deployment was interrupted: everything but ids, times and secrets. */
export function stateOf({ databases, buckets, queues, scripts, subdomain }: Account) {
  return {
    subdomain,
    databases: [...databases.values()].map(({ name, sqlite, jurisdiction }) => ({
      name,
      jurisdiction,
      schema: sqlite.prepare("SELECT name, sql FROM sqlite_master ORDER BY name").all(),
      migrations: sqlite
        .prepare("SELECT name FROM d1_migrations ORDER BY id")
        .all()
        .map(({ name }) => name),
      keys: sqlite.prepare("SELECT count(*) AS n FROM api_keys WHERE revoked_at IS NULL").get()?.n,
    })),
    buckets: [...buckets.keys()],
    queues: [...queues.values()]
      .map(({ name, consumers }) => ({
        name,
        consumers: consumers.map(({ script_name, dead_letter_queue, settings }) => ({
          script_name,
          dead_letter_queue,
          settings,
        })),
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    scripts: [...scripts].map(([name, script]) => ({ name, ...scriptState(script) })),
  };
}

function scriptState(script: Script) {
  const version = runningVersion(script);
  return {
    migrationTag: script.migrationTag,
    crons: script.schedules,
    hasWorkersDev: script.hasWorkersDev,
    hasPreviews: script.hasPreviews,
    modules: version?.modules.map(({ name, content }) => `${name} ${content.length}`).sort(),
    bindings: version?.bindings.map(({ type, name }) => `${type} ${name}`).sort(),
    limits: version?.limits,
  };
}

/** The text of the running version's secrets. */
export function secretsOf(account: Account, name: string): Record<string, unknown> {
  const script = account.scripts.get(name);
  const bindings = (script && runningVersion(script)?.bindings) ?? [];
  return Object.fromEntries(
    bindings.filter(({ type }) => type === "secret_text").map(({ name, text }) => [name, text]),
  );
}

/** The hashes of the keys that are not revoked. */
export function keyHashes(account: Account): unknown[] {
  const [database] = account.databases.values();
  const keys = database?.sqlite.prepare("SELECT hash FROM api_keys WHERE revoked_at IS NULL").all() ?? [];
  return keys.map(({ hash }) => hash);
}

/** What a run has printed after a word, such as `Key:`. */
export function printed({ stdout }: Ended, word: string): string {
  return new RegExp(`^${word}\\s+(\\S+)`, "m").exec(stdout)?.[1] ?? "";
}

/** The configuration that was generated for a target. */
export function configurationOf(name: string) {
  return JSON.parse(readFileSync(join(root, `wrangler.deploy.${name}.json`), "utf8"));
}
