/** Runs Puppeteer or Crawlee, each in its own process. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { browserLocation } from "../scripts/setup/browser/location.mjs";
import { installPackages } from "../scripts/setup/packages.mjs";

export type PeerName = "puppeteer" | "crawlee";

export interface Job {
  /** Rendered first and not timed. */
  warmUp: string[];
  urls: string[];
  /** Pages rendered at once. */
  tabs: number;
  /** How long the network must be quiet before a page counts as complete. */
  quietMs: number;
}

const folder = join(import.meta.dirname, "peers");
const limitMs = 10 * 60_000;

/** Installs the peers if necessary. */
export function installPeers(): void {
  installPackages(folder, (line) => process.stderr.write(`  peers     ${line}\n`));
}

/** Renders the pages with the same browser as Trawl. Returns how long the timed ones took, in ms. */
export async function renderByPeer(name: PeerName, job: Job): Promise<number> {
  const argument = JSON.stringify({ ...job, executable: browserLocation().executable });
  const env = { ...process.env, CRAWLEE_LOG_LEVEL: "ERROR" };
  const run = promisify(execFile)("node", [join(folder, `${name}.mjs`), argument], {
    env,
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const { stdout } = await run;
  return (JSON.parse(stdout) as { ms: number }).ms;
}
