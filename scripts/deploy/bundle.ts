/** The Worker's bundle, made once for all targets, and the tag that says which bundle and settings a version has. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { cacheFolder, root } from "../setup/environment.mjs";
import type { Wanted } from "./configuration.ts";
import type { Profile } from "./profiles.ts";
import { type WranglerOptions, wrangler } from "./wrangler.ts";

const folder = join(cacheFolder, "deploy", "bundles");
/** Everything that a bundle depends on, from the repository's root. The lock file has wrangler's version. */
const inputs = ["package-lock.json", "tsconfig.json", "wrangler.toml", "src"];

/** SHA-256 of the sources, in hex. */
export function sourceDigest(): string {
  const hash = createHash("sha256");
  for (const input of inputs) addTo(hash, input);
  return hash.digest("hex");
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  const full = join(root, path);
  if (!statSync(full).isDirectory()) {
    const content = readFileSync(full);
    hash.update(`${path} ${content.length}\n`).update(content);
    return;
  }
  for (const name of readdirSync(full).sort()) addTo(hash, `${path}/${name}`);
}

/** Bundles the sources, unless that was done before. @returns the folder with `index.js` */
export async function provideBundle(digest: string, options: WranglerOptions): Promise<string> {
  const bundle = join(folder, digest.slice(0, 32));
  if (existsSync(bundle)) return bundle;
  mkdirSync(folder, { recursive: true });
  const made = mkdtempSync(join(folder, "new-"));
  try {
    await wrangler(
      ["deploy", "--dry-run", "--outdir", made, "--config", join(root, "wrangler.toml")],
      options,
    );
    for (const old of readdirSync(folder)) {
      if (!old.startsWith("new-")) rmSync(join(folder, old), { recursive: true, force: true });
    }
    renameSync(made, bundle);
  } catch (error) {
    // Another run may have been faster.
    if (!existsSync(bundle)) throw error;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return bundle;
}

const tagFormat = /^(paid|free)-([A-Za-z0-9_]+)-[0-9a-f]{16}$/;

/** A version with this tag was uploaded from these sources, with these settings. */
export function versionTag(digest: string, profile: Profile, { configuration, storageTag }: Wanted): string {
  const hash = createHash("sha256").update(digest).update(JSON.stringify(configuration)).digest("hex");
  return `${profile}-${storageTag}-${hash.slice(0, 16)}`;
}

/** Undefined if the version was not uploaded by `npm run deploy`. */
export function readVersionTag(
  tag: string | undefined,
): { profile: Profile; storageTag: string } | undefined {
  const [, profile, storageTag] = tagFormat.exec(tag ?? "") ?? [];
  return profile && storageTag ? { profile: profile as Profile, storageTag } : undefined;
}
