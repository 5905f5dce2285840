/** The deployment's secrets. */
import type { Env } from "./settings.ts";

/** The length of an HMAC-SHA-256 digest (RFC 2104, section 3). The operator's token should be as hard to guess. */
const MIN_SECRET_BYTES = 32;

/** The secret that signs hosted URLs. @throws Error that names the variable and its rule if it is missing or too short */
export function signingSecret({ URL_SIGNING_SECRET }: Pick<Env, "URL_SIGNING_SECRET">): string {
  return requireSecret("URL_SIGNING_SECRET", URL_SIGNING_SECRET);
}

/** The operator's token, or null if it is missing or too short. */
export function adminToken({ ADMIN_TOKEN }: Pick<Env, "ADMIN_TOKEN">): string | null {
  return bytesOf(ADMIN_TOKEN) >= MIN_SECRET_BYTES ? ADMIN_TOKEN : null;
}

/** @throws Error that names the first secret that is missing or too short, and its rule */
export function checkSecrets(env: Pick<Env, "URL_SIGNING_SECRET" | "ADMIN_TOKEN">): void {
  requireSecret("URL_SIGNING_SECRET", env.URL_SIGNING_SECRET);
  requireSecret("ADMIN_TOKEN", env.ADMIN_TOKEN);
}

function requireSecret(name: string, secret: string | undefined): string {
  const bytes = bytesOf(secret);
  if (secret !== undefined && bytes >= MIN_SECRET_BYTES) return secret;
  const rule = `must be at least ${MIN_SECRET_BYTES} bytes, for example the output of \`openssl rand -base64 32\``;
  throw new Error(`Invalid configuration. ${name}: ${rule}; ${bytes} bytes were given`);
}

function bytesOf(secret: string | undefined): number {
  return new TextEncoder().encode(secret ?? "").length;
}
