/** A reader who pastes a document's lines into terminals, exactly as written. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../scripts/processes/free-port.ts";
import { root } from "../../scripts/setup/environment.mjs";
import { shellBlocks } from "./shell-blocks.ts";

/** Ports that the documents name: of `npm run dev` and of the example receiver. */
const DEV_PORT = "8787";
const RECEIVER_PORT = "8790";

const BLOCK_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

interface Terminal {
  text: string;
  child: ChildProcess;
  output: () => string;
}

/**
 * Pastes documents, one after the other. Terminals that run something stay open until the end, as a reader leaves them.
 *
 * Two things differ from a reader's machine: free ports take the place of the documents' ports, and `npm run dev` and
 * `npm run keys` keep their state in a temporary folder, so the tests do not touch the developer's.
 */
export class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), "trawl-documents-"));
  readonly #ports: Record<string, number>;
  readonly #terminals: Terminal[] = [];
  #blocks = 0;

  private constructor(devPort: number, receiverPort: number) {
    this.#ports = { [DEV_PORT]: devPort, [RECEIVER_PORT]: receiverPort };
    mkdirSync(join(this.#folder, "bin"));
    writeFileSync(join(this.#folder, "bin", "npm"), npmWithStateIn(this.#folder, devPort), { mode: 0o755 });
  }

  static async create(): Promise<Reader> {
    return new Reader(await freePort(), await freePort());
  }

  /**
   * Pastes a document's blocks into a new shell, in order, and then `more`. Returns what the shell printed.
   *
   * @throws Error with the output when a command fails, or a block does not end in time
   */
  async paste(path: string, more = ""): Promise<string> {
    const shell = new Shell(this.#folder, this.#environment());
    try {
      for (const block of shellBlocks(readFileSync(join(root, path), "utf8"))) {
        const text = this.#withPorts(block.text);
        if (block.place === "terminal") await this.#openTerminal(text);
        if (block.place === "shell") await shell.run(this.#file(text), `${path}, line ${block.line}`);
      }
      if (more) await shell.run(this.#file(more), `after ${path}`);
      return shell.output();
    } finally {
      await shell.close();
    }
  }

  /** What the terminal that runs a command has printed. */
  outputOf(command: string): string {
    const terminal = this.#terminals.find(({ text }) => text.includes(command));
    if (!terminal) throw new Error(`No terminal runs ${command}.`);
    return terminal.output();
  }

  async close(): Promise<void> {
    await Promise.all(this.#terminals.map(({ child }) => interrupted(child)));
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: [join(this.#folder, "bin"), process.env.PATH].join(delimiter) };
  }

  #withPorts(text: string): string {
    return Object.entries(this.#ports).reduce(
      (left, [port, free]) => left.replaceAll(port, String(free)),
      text,
    );
  }

  #file(text: string): string {
    this.#blocks += 1;
    const file = join(this.#folder, `block-${this.#blocks}.sh`);
    writeFileSync(file, text);
    return file;
  }

  /** Runs the block beside everything else, unless an earlier document has opened the same terminal. */
  async #openTerminal(text: string): Promise<void> {
    if (this.#terminals.some((terminal) => terminal.text === text)) return;
    const child = spawn("sh", ["-e", this.#file(text)], {
      cwd: root,
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = outputOf(child);
    this.#terminals.push({ text, child, output });
    const port = this.#ports[text.includes("npm run dev") ? DEV_PORT : RECEIVER_PORT];
    for (const end = Date.now() + READY_LIMIT_MS; !(await answers(`http://127.0.0.1:${port}/health`)); ) {
      const hasEnded = child.exitCode !== null;
      if (hasEnded || Date.now() > end) throw new Error(`Nothing answers at port ${port}:\n${output()}`);
      await delay(50);
    }
  }
}

/** One `sh` that stays open from block to block, so variables stay set. Ends at the first command that fails. */
class Shell {
  readonly #child: ChildProcess;
  readonly #end = "--- end of block ---";
  readonly output: () => string;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    mkdirSync(folder, { recursive: true });
    this.#child = spawn("sh", ["-e"], { cwd: root, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.output = outputOf(this.#child);
  }

  async run(file: string, name: string): Promise<void> {
    const before = this.output().length;
    this.#child.stdin?.write(`. '${file}' </dev/null\necho '${this.#end}'\n`);
    for (const end = Date.now() + BLOCK_LIMIT_MS; ; await delay(20)) {
      const printed = this.output().slice(before);
      if (printed.includes(this.#end)) return;
      if (this.#child.exitCode !== null) throw new Error(`${name}: a command failed.\n${printed}`);
      if (Date.now() > end) throw new Error(`${name}: not done after ${BLOCK_LIMIT_MS} ms.\n${printed}`);
    }
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await interrupted(this.#child);
  }
}

/** An `npm` that adds to `npm run dev` and `npm run keys` where their state is, and leaves all else as it is. */
function npmWithStateIn(folder: string, devPort: number): string {
  return `#!/bin/sh
PATH=\${PATH#*:}
case " $* " in
  *" dev "*) more="--port ${devPort}" ;;
  *" keys "*) more= ;;
  *) exec npm "$@" ;;
esac
case " $* " in *" -- "*) ;; *) set -- "$@" -- ;; esac
exec npm "$@" --persist-to '${join(folder, "state")}' $more
`;
}

function outputOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

/** Ends a process group as Ctrl-C does, and if that does not end it, for good. */
async function interrupted(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid as number), signal);
    } catch {
      // It has just ended.
    }
  };
  send("SIGINT");
  const limit = new AbortController();
  await Promise.race([ended, delay(STOP_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {})]);
  limit.abort();
  send("SIGKILL");
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    // A receiver has no such page, but it is there.
    return response.status < 500;
  } catch {
    return false;
  }
}
