/** Which URLs Trawl may call, as far as their text tells. */
import ipaddr from "ipaddr.js";
import { isPublicAddress } from "./public-address.ts";

export type UrlVerdict = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * Names that are never a public host's: RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), ICANN (internal), and
 * what many a hosts file calls the machine itself (localhost.localdomain).
 */
const privateSuffixes = ["localhost", "local", "internal", "home.arpa", "localdomain"];

/** A host name without a trailing dot, or an address without brackets. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

/** The host is written as an address, not as a name. */
export function isAddress(host: string): boolean {
  return ipaddr.isValid(host);
}

/**
 * Whether the URL is absolute, http or https, and its host public. The URL parser turns every notation of an IPv4
 * address (decimal, hexadecimal, octal, short) into the dotted one first.
 *
 * @returns the URL as parsed, or the reason why not, for people
 */
export function checkPublicUrl(given: string | URL): UrlVerdict {
  if (!URL.canParse(String(given)))
    return { ok: false, reason: `'${shortened(String(given))}' is not an absolute URL` };
  const url = new URL(String(given));
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { ok: false, reason: `the scheme must be http or https, not '${url.protocol.slice(0, -1)}'` };
  }
  const host = hostOf(url);
  if (isAddress(host)) {
    return isPublicAddress(host)
      ? { ok: true, url }
      : { ok: false, reason: `the address '${host}' is not public` };
  }
  if (host.split(".").includes("")) {
    return { ok: false, reason: `the host '${shortened(host)}' has an empty label` };
  }
  if (!host.includes(".")) return { ok: false, reason: `the host '${shortened(host)}' is not a public name` };
  const suffix = privateSuffixes.find((private_) => host === private_ || host.endsWith(`.${private_}`));
  if (suffix) return { ok: false, reason: `hosts under '.${suffix}' are not public: '${shortened(host)}'` };
  return { ok: true, url };
}

/**
 * URLs that must be checked before a page may load them, as patterns of the DevTools protocol's Fetch domain (`*` and
 * `?`; the browser has canonicalised the URL before it matches). They catch more than is refused: any host that begins
 * with a digit or a bracket. A single-label name cannot be told by a pattern; it resolves nowhere on a public network.
 *
 * The protocol shows neither the handshakes of web sockets, nor what shared workers ask for, nor the first request of a
 * window that a page opens: those are not stopped (tried with Chromium 153). Nothing of them gets into the page content,
 * unless the private host itself lets the page read it.
 */
export const suspectUrlPatterns: readonly string[] = [
  ...Array.from({ length: 10 }, (_, digit) => `*://${digit}*`),
  "*://[*",
  "*@*",
  ...privateSuffixes.flatMap((suffix) => [
    `*://${suffix}*`,
    `*://*.${suffix}`,
    `*://*.${suffix}.*`,
    `*://*.${suffix}/*`,
    `*://*.${suffix}:*`,
  ]),
];

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
