/** Setup step: creates the local secrets in `.dev.vars`. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";

/** Described in src/settings.ts. */
const names = ["URL_SIGNING_SECRET", "ADMIN_TOKEN"];

const onlyOwner = 0o600;

/**
 * Adds missing secrets of 32 random bytes each. Existing lines stay.
 *
 * @param {string} file
 * @param {(line: string) => void} say
 * @returns {boolean} whether any was added
 */
export function createSecrets(file, say) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const missing = names.filter((name) => !new RegExp(`^\\s*${name}\\s*=\\s*\\S`, "m").test(text));
  if (missing.length > 0) {
    const lines = missing.map((name) => `${name}="${randomBytes(32).toString("base64url")}"\n`);
    const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    writeFileSync(file, start + lines.join(""), { mode: onlyOwner });
    say(`created ${missing.join(" and ")} in .dev.vars`);
  }
  if ((statSync(file).mode & 0o777) !== onlyOwner) chmodSync(file, onlyOwner);
  return missing.length > 0;
}
