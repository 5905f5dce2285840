/**
 * Hosted URLs: they open one format of one page without a key, until they expire.
 *
 * `/hosted/<retrieve_id>/<format>?account=…&expires=<Unix seconds>&signature=<HMAC-SHA256, base64url>`. The signature
 * covers all that the URL says, so that it cannot be altered to reach anything else. The account is in it because
 * nothing is looked up without one.
 */
import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";
import type { Format } from "../content/formats.ts";

export interface HostedContent {
  accountId: string;
  retrieveId: string;
  format: Format;
  /** Unix seconds. */
  expires: number;
}

/** The path and query that open the content. */
export async function hostedPath(secret: string, content: HostedContent): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await signingKey(secret), signedBytes(content));
  const query = new URLSearchParams({
    account: content.accountId,
    expires: String(content.expires),
    signature: encodeBase64Url(signature).replace(/=+$/, ""),
  });
  return `/hosted/${content.retrieveId}/${content.format}?${query}`;
}

/** Whether the signature is the content's own. Takes as long for a wrong one as for a right one. */
export async function isSignatureOf(
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
