/** `npm run test:clients`: linters and generators read the OpenAPI document, and clients use a running Trawl. */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseArguments } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { exitOnSignals } from "../processes/exit-on-signals.ts";
import { limitedRun } from "../processes/limited-run.ts";
import { cacheFolder } from "../setup/environment.mjs";
import { installPackages } from "../setup/packages.mjs";
import { startTemporaryTrawl, type TemporaryTrawl } from "../trawl/temporary-trawl.ts";
import { pythonEnvironment } from "./python-environment.ts";

/** For each step. */
const LIMIT_MS = 120_000;

const usage = `Usage: npm run test:clients [-- OPTIONS]

Lints the OpenAPI document with Redocly and Spectral, generates and type-checks a client in
TypeScript and one in Python, and runs them and the official Python client against a
temporary Trawl. Installs what it needs from npm and PyPI. Without Python 3, its steps are
skipped.

Options:
  --no-python   Skip the clients in Python, so that nothing comes from PyPI
  --help        Show this help`;

const here = import.meta.dirname;
const work = join(cacheFolder, "clients", "generated");

/** What holds if the command exits with 0. */
type Step = [what: string, command: string];

const linters: Step[] = [
  ["Redocly has no warnings", "redocly lint --extends=recommended-strict openapi.json"],
  ["Spectral has no warnings", "spectral lint openapi.json --ruleset spectral.yaml --fail-severity=hint"],
];

const typescript: Step[] = [
  ["openapi-typescript generates types", "openapi-typescript openapi.json -o trawl.d.ts"],
  [
    "the types and a program with them are valid",
    "tsc --strict --noEmit --skipLibCheck false --target es2022 --module nodenext typed-fetch.mts",
  ],
  ["the program runs", "node typed-fetch.mts"],
];

const python: Step[] = [
  [
    "openapi-python-client generates a client",
    "openapi-python-client generate --path=openapi.json --output-path=python --config=generator.json --fail-on-warning",
  ],
  ["the client and a program with it are valid", "mypy --strict python/trawl_client generated_client.py"],
  ["the program runs", "python generated_client.py"],
  ["the official client runs", "python official_client.py"],
];

await runCommand("npm run test:clients", usage, async (args) => {
  const { values } = parseArguments({ args, options: { "no-python": { type: "boolean" } } });
  exitOnSignals();
  installPackages(here, (line) => process.stderr.write(`  clients   ${line}\n`));
  const bin = values["no-python"] ? undefined : pythonEnvironment();
  const trawl = await startTemporaryTrawl("clients");
  try {
    await prepare(trawl);
    let failed = 0;
    for (const step of [...linters, ...typescript, ...(bin ? python : [])]) {
      if (!(await passes(step, trawl, bin))) failed += 1;
    }
    const reason = values["no-python"] ? "as you asked" : "because there is no python3";
    if (!bin) console.log(`- The clients in Python are skipped, ${reason}`);
    return failed > 0 ? 1 : 0;
  } finally {
    await trawl.stop();
  }
});

/** Fills the folder in which the steps run. */
async function prepare({ client }: TemporaryTrawl): Promise<void> {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const document = await fetch(`${client.origin}/openapi.json`);
  writeFileSync(join(work, "openapi.json"), await document.text());
  // Formatting the client would take another tool.
  writeFileSync(join(work, "generator.json"), JSON.stringify({ post_hooks: [] }));
  copyFileSync(join(here, "spectral.yaml"), join(work, "spectral.yaml"));
  cpSync(join(here, "programs"), work, { recursive: true });
}

/** Runs a step, and prints its output if it fails. */
async function passes([what, command]: Step, { client }: TemporaryTrawl, bin = ""): Promise<boolean> {
  const lines: string[] = [];
  const { isOk, isTimedOut } = await limitedRun(command.split(" "), {
    cwd: work,
    limitMs: LIMIT_MS,
    onLine: (line) => lines.push(line),
    env: {
      ...process.env,
      PATH: [join(here, "node_modules", ".bin"), bin, process.env.PATH].join(delimiter),
      PYTHONPATH: join(work, "python"),
      REDOCLY_TELEMETRY: "off",
      REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
      OLOSTEP_BASE_API_URL: `${client.origin}/v1`,
      OLOSTEP_API_KEY: client.key,
      TRAWL: client.origin,
      TRAWL_KEY: client.key,
    },
  });
  console.log(`${isOk ? "✔" : "✘"} ${what}`);
  if (isTimedOut) lines.push(`Stopped after ${LIMIT_MS / 1000} s.`);
  if (!isOk) console.log(lines.join("\n"));
  return isOk;
}
