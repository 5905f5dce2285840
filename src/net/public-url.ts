/** Which URLs are public, judged by their text. */
import ipaddr from "ipaddr.js";
import { shortened } from "../text/shortened.ts";
import { isPublicAddress } from "./public-address.ts";

export type UrlVerdict = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * Suffixes of names that are never public: RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), ICANN
 * (internal), and the name of the machine itself in many hosts files (localhost.localdomain).
 */
const privateSuffixes = ["localhost", "local", "internal", "home.arpa", "localdomain"];

/** The host: a name without its trailing dot, or an address without brackets. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

/** Whether the host is an address, not a name. */
export function isAddress(host: string): boolean {
  return ipaddr.isValid(host);
}

/**
 * Checks that the URL is absolute, has the scheme http or https, and a public host. The URL parser first turns every
 * notation of an IPv4 address (decimal, hexadecimal, octal, short) into the dotted one.
 *
 * @returns the parsed URL, or why it was refused, for people to read
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
 * `?`, matched against the canonical URL). They match more than is refused: any host that starts with a digit or a
 * bracket. No pattern matches single-label names only; on a public network they do not resolve.
 *
 * The protocol does not show WebSocket handshakes, requests of shared workers, or the first request of a window that a
 * page opens, so these are not stopped (tried with Chromium 153). Their responses cannot end up in the page content,
 * unless the private host itself allows the page to read them.
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
