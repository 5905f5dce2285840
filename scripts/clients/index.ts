/** `npm run test:clients`: linters and generators read the OpenAPI document, and clients use a running Trawl. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseArguments } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { cacheFolder } from "../setup/environment.mjs";
import { installPackages } from "../setup/packages.mjs";
import { startTemporaryTrawl, type TemporaryTrawl } from "../trawl/temporary-trawl.ts";
import { pythonEnvironment } from "./python-environment.ts";

const usage = `Usage: npm run test:clients

Lints the OpenAPI document with Redocly and Spectral, generates and type-checks a client in
TypeScript and one in Python, and runs them and the official Python client against a
temporary Trawl. Installs what it needs from npm and PyPI. Without Python 3, its steps are
skipped.`;

const here = import.meta.dirname;
const programs = join(here, "programs");
const work = join(cacheFolder, "clients", "generated");

type Step = [what: string, command: string, args: string[]];

const linters: Step[] = [
  ["Redocly has no warnings", "redocly", ["lint", "--extends=recommended-strict", "openapi.json"]],
  [
    "Spectral has no warnings",
    "spectral",
    ["lint", "openapi.json", "--ruleset", join(here, "spectral.yaml"), "--fail-severity=hint"],
  ],
];

const strict = [
  "--strict",
  "--noEmit",
  "--skipLibCheck",
  "false",
  "--target",
  "es2022",
  "--module",
  "nodenext",
];
const typescript: Step[] = [
  ["openapi-typescript generates types", "openapi-typescript", ["openapi.json", "-o", "trawl.d.ts"]],
  ["the types and a program with them are valid", "tsc", [...strict, "typed-fetch.mts"]],
  ["the program runs", "node", ["typed-fetch.mts"]],
];

const python: Step[] = [
  [
    "openapi-python-client generates a client",
    "openapi-python-client",
    [
      "generate",
      "--path=openapi.json",
      "--output-path=python",
      "--config=generator.json",
      "--fail-on-warning",
    ],
  ],
  [
    "the client and a program with it are valid",
    "mypy",
    ["--strict", "python/trawl_client", "generated_client.py"],
  ],
  ["the program runs", "python", ["generated_client.py"]],
  ["the official client runs", "python", [join(programs, "official_client.py")]],
];

await runCommand("npm run test:clients", usage, async (args) => {
  parseArguments({ args });
  installPackages(here, (line) => process.stderr.write(`  clients   ${line}\n`));
  const bin = pythonEnvironment();
  const trawl = await startTemporaryTrawl("clients");
  try {
    await prepare(trawl);
    const failed = [...linters, ...typescript, ...(bin ? python : [])].filter(
      (step) => !passes(step, trawl, bin),
    );
    if (!bin) console.log("- skipped: the clients in Python, because there is no python3");
    return failed.length > 0 ? 1 : 0;
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
  for (const program of ["typed-fetch.mts", "generated_client.py"]) {
    copyFileSync(join(programs, program), join(work, program));
  }
}

/** Runs a step, and prints its output if it fails. */
function passes([what, command, args]: Step, { client }: TemporaryTrawl, bin = ""): boolean {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: work,
    encoding: "utf8",
    timeout: 120_000,
    env: {
      ...process.env,
      PATH: [join(here, "node_modules", ".bin"), bin, process.env.PATH].join(delimiter),
      PYTHONPATH: join(work, "python"),
      REDOCLY_TELEMETRY: "off",
      OLOSTEP_BASE_API_URL: `${client.origin}/v1`,
      OLOSTEP_API_KEY: client.key,
      TRAWL: client.origin,
      TRAWL_KEY: client.key,
    },
  });
  console.log(`${status === 0 ? "✔" : "✘"} ${what}`);
  if (status !== 0) console.log(stdout, stderr, error ?? "");
  return status === 0;
}
