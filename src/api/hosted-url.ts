/**
 * Hosted URLs: each opens one format of one page without a key, until it expires.
 *
 * `/hosted/<retrieve_id>/<format>?account=…&expires=<Unix seconds>&signature=<HMAC-SHA256, base64url>`. The signature
 * covers every part of the URL, so that none can be altered to reach other content. The URL names the account, because
 * every lookup needs one.
 */
import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";
import type { Format } from "../content/stored-formats.ts";

export interface HostedContent {
  accountId: string;
  retrieveId: string;
  format: Format;
  /** Unix seconds. */
  expires: number;
}

/** The path and query of a hosted URL. */
export async function hostedPath(secret: string, content: HostedContent): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await signingKey(secret), signedBytes(content));
  const query = new URLSearchParams({
    account: content.accountId,
    expires: String(content.expires),
    signature: encodeBase64Url(signature).replace(/=+$/, ""),
  });
  return `/hosted/${content.retrieveId}/${content.format}?${query}`;
}

/** Whether the signature is valid for the content. Compares in constant time. */
export async function isValidSignature(
  secret: string,
  content: HostedContent,
  signature: string,
): Promise<boolean> {
  if (!/^[\w-]{43}$/.test(signature)) return false;
  return crypto.subtle.verify(
    "HMAC",
    await signingKey(secret),
    decodeBase64Url(signature),
    signedBytes(content),
  );
}

function signedBytes({ accountId, retrieveId, format, expires }: HostedContent): Uint8Array {
  return new TextEncoder().encode(["hosted", accountId, retrieveId, format, expires].join("\n"));
}

function signingKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
