/** Step: `.dev.vars` holds the secrets that a deployment would have. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";

/** See src/settings.ts for what each is for. */
const names = ["URL_SIGNING_SECRET", "ADMIN_TOKEN"];

const onlyOwner = 0o600;

/**
 * Adds the secrets that are missing, 32 random bytes each. What is there stays.
 *
 * @param {string} file
 * @param {(line: string) => void} say
 * @returns {boolean} whether it added any
 */
export function makeSecrets(file, say) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const missing = names.filter((name) => !new RegExp(`^\\s*${name}\\s*=\\s*\\S`, "m").test(text));
  if (missing.length > 0) {
    const lines = missing.map((name) => `${name}="${randomBytes(32).toString("base64url")}"\n`);
    const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    writeFileSync(file, start + lines.join(""), { mode: onlyOwner });
    say(`fresh ${missing.join(" and ")} in .dev.vars`);
  }
  if ((statSync(file).mode & 0o777) !== onlyOwner) chmodSync(file, onlyOwner);
  return missing.length > 0;
}
