/** Makes secrets and hands them to wrangler in a file that does not outlive the upload. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const onlyOwner = 0o600;

/** A random secret of 32 bytes for each name. */
export function newSecrets(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, randomBytes(32).toString("base64url")]));
}

/** Calls `use` with a file that has the secrets as JSON. It is removed afterwards, and when a signal ends this process. */
export async function withSecretsFile<T>(
  secrets: Record<string, string>,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "trawl-secrets-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    const file = join(folder, "secrets.json");
    writeFileSync(file, JSON.stringify(secrets), { mode: onlyOwner });
    return await use(file);
  } finally {
    remove();
    process.off("exit", remove);
  }
}
