/** What a deploy uploads is a Worker that works: it is started in workerd with what the account has, and renders a page. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toolEnvironment } from "../../scripts/setup/environment.mjs";
import { Client } from "../../scripts/trawl/client.ts";
import { type RunningWorker, startWorker } from "../../scripts/trawl/worker.ts";
import { type Account, type Binding, runningVersion, type Version } from "../cloudflare/account.ts";
import { type Receiver, startReceiver } from "../receiver/server.ts";
import { type Site, startSite } from "../site/server.ts";
import { configurationOf, type Deploying, printed, secretsOf, startDeploying } from "./deploying.ts";

const name = "trawl-uploaded";
const folder = mkdtempSync(join(tmpdir(), "trawl-uploaded-"));
/** wrangler dev watches the folder of the modules, and starts anew when something else is written there. */
const modules = join(folder, "modules");
const state = join(folder, "state");
let deploying: Deploying;
let site: Site;
let receiver: Receiver;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  [deploying, site, receiver] = await Promise.all([startDeploying(), startSite(), startReceiver()]);
});

afterAll(async () => {
  await worker?.stop();
  await Promise.all([deploying.stop(), site.close(), receiver.close()]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

test("the uploaded Worker renders a page with the printed key, and takes the printed ADMIN_TOKEN", async () => {
  const account = deploying.target(name);
  const deployed = await deploying.run("deploy", name, "--no-probe");
  expect(deployed).toMatchObject({ code: 0 });
  const script = account.scripts.get(name);
  const version = script && runningVersion(script);
  if (!version) throw new Error("Nothing was uploaded.");

  const config = writeWorker(account, version);
  writeFileSync(join(folder, "dump.sql"), dumpOf([...account.databases.values()][0]?.sqlite as DatabaseSync));
  wrangler(
    "d1",
    "execute",
    "DB",
    "--local",
    "--file",
    join(folder, "dump.sql"),
    "--config",
    config,
    "--persist-to",
    state,
  );
  const vars = { ALLOW_PRIVATE_NETWORK: true };
  worker = await startWorker({ vars, flags: ["--config", config, "--persist-to", state] });

  const client = new Client(worker.origin, printed(deployed, "Key:"));
  const batch = await client.createBatch({
    items: [{ custom_id: "one", url: `${site.origin}/bench/1` }],
    webhook: receiver.url,
  });
  await receiver.waitFor(() => true, 60_000);
  expect(await client.batch(batch.id)).toMatchObject({ status: "completed", completed_urls: 1 });
  const health = await fetch(`${worker.origin}/health`, {
    headers: { Authorization: `Bearer ${printed(deployed, "ADMIN_TOKEN:")}` },
  });
  expect(await health.json()).toMatchObject({ status: "up", pool: expect.anything() });
});

/** Writes the uploaded modules and a configuration with the uploaded bindings. Returns its path. */
function writeWorker(account: Account, version: Version): string {
  for (const { name: file, content } of version.modules) {
    mkdirSync(dirname(join(modules, file)), { recursive: true });
    writeFileSync(join(modules, file), content);
  }
  const secrets = Object.entries(secretsOf(account, name)).map(([key, text]) => `${key}="${text}"\n`);
  writeFileSync(join(modules, ".dev.vars"), secrets.join(""));
  const of = (type: string) => version.bindings.filter((binding) => binding.type === type);
  const extensionsOf = (type: string) => [
    ...new Set(
      version.modules
        .filter((one) => one.type === type)
        .map((one) => `**/*${/\.\w+(\.\w+)?$/.exec(one.name)?.[0]}`),
    ),
  ];
  const configuration = {
    name,
    main: version.mainModule,
    no_bundle: true,
    find_additional_modules: true,
    rules: [
      { type: "Text", globs: extensionsOf("text/plain"), fallthrough: true },
      { type: "Data", globs: extensionsOf("application/octet-stream"), fallthrough: true },
    ].filter(({ globs }) => globs.length > 0),
    compatibility_date: version.compatibilityDate,
    compatibility_flags: version.compatibilityFlags,
    vars: Object.fromEntries(of("plain_text").map((binding) => [binding.name, binding.text])),
    d1_databases: of("d1").map((binding) => ({
      binding: binding.name,
      database_name: name,
      database_id: binding.id ?? binding.database_id,
    })),
    r2_buckets: of("r2_bucket").map((binding) => ({
      binding: binding.name,
      bucket_name: binding.bucket_name,
    })),
    queues: {
      producers: of("queue").map((binding) => ({ binding: binding.name, queue: binding.queue_name })),
      consumers: [...account.queues.values()].flatMap((queue) =>
        queue.consumers.map(({ dead_letter_queue, settings }) => ({
          queue: queue.name,
          dead_letter_queue,
          max_batch_size: settings.batch_size,
          max_batch_timeout: Number(settings.max_wait_time_ms) / 1000,
          max_retries: settings.max_retries,
        })),
      ),
    },
    durable_objects: { bindings: of("durable_object_namespace").map(onlyClass) },
    migrations: configurationOf(name).migrations,
    browser: of("browser").map((binding) => ({ binding: binding.name }))[0],
    ratelimits: of("ratelimit").map(({ name, namespace_id, simple }) => ({ name, namespace_id, simple })),
  };
  const path = join(modules, "wrangler.json");
  writeFileSync(path, JSON.stringify(configuration));
  return path;
}

function onlyClass({ name, class_name }: Binding) {
  return { name, class_name };
}

/** The database as statements that make it anew. */
function dumpOf(sqlite: DatabaseSync): string {
  const objects = sqlite
    .prepare(
      "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type = 'table' DESC",
    )
    .all() as { name: string; type: string; sql: string }[];
  const rows = objects
    .filter(({ type }) => type === "table")
    .flatMap(({ name: table }) =>
      sqlite
        .prepare(`SELECT * FROM "${table}"`)
        .all()
        .map((row) => `INSERT INTO "${table}" VALUES (${Object.values(row).map(literal).join(", ")})`),
    );
  return [...objects.map(({ sql }) => sql), ...rows].map((statement) => `${statement};\n`).join("");
}

function literal(value: unknown): string {
  return value === null
    ? "NULL"
    : typeof value === "number"
      ? String(value)
      : `'${String(value).replaceAll("'", "''")}'`;
}

function wrangler(...args: string[]): void {
  const { status, stderr, stdout } = spawnSync("wrangler", args, {
    cwd: folder,
    env: { ...toolEnvironment(), CI: "true" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`wrangler ${args.join(" ")}:\n${stdout}${stderr}`);
}
