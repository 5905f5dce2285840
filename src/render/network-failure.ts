/**
 * Turns network errors and HTTP statuses into failures that clients can read.
 *
 * Chromium's names of network errors: net/base/net_error_list.h in its source.
 */
import type { FailureCode } from "../protocol/failure-codes.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";

interface Rule {
  matches: RegExp;
  code: FailureCode;
  message: string;
  transient: boolean;
}

/** The first matching rule applies. */
const networkErrors: Rule[] = [
  {
    matches: /DNS_TIMED_OUT/,
    code: "dns_error",
    message: "Looking up the host name timed out",
    transient: true,
  },
  {
    matches: /NAME_|DNS_/,
    code: "dns_error",
    message: "The host name could not be resolved",
    transient: false,
  },
  {
    matches: /CERT_|SSL_|BAD_SSL|ECH_/,
    code: "tls_error",
    message: "No secure connection could be made",
    transient: false,
  },
  { matches: /TIMED_OUT/, code: "timeout", message: "The connection timed out", transient: true },
  {
    matches: /TOO_MANY_REDIRECTS/,
    code: "too_many_redirects",
    message: "The page redirects endlessly",
    transient: false,
  },
  {
    matches: /BLOCKED_BY|UNSAFE_PORT|DISALLOWED_URL_SCHEME|UNKNOWN_URL_SCHEME|UNSAFE_REDIRECT/,
    code: "blocked_address",
    message: "The page leads to an address that may not be called",
    transient: false,
  },
  {
    matches: /INVALID_|RESPONSE_HEADERS|HTTP_RESPONSE_CODE|UNEXPECTED/,
    code: "invalid_response",
    message: "The server's answer is not valid HTTP",
    transient: false,
  },
  {
    matches:
      /CONNECTION_(RESET|CLOSED|ABORTED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|NETWORK_CHANGED|HTTP2_|QUIC_|CONTENT_LENGTH|INCOMPLETE|CONTENT_DECODING_FAILED/,
    code: "connection_reset",
    message: "The server closed the connection early",
    transient: true,
  },
  {
    // A navigation aborted without any answer says nothing about the site: browsers that are shutting down do that.
    matches: /INSUFFICIENT_RESOURCES|OUT_OF_MEMORY|FAILED$|ERR_ABORTED$/,
    code: "render_failed",
    message: "The browser could not load the page",
    transient: true,
  },
];

/** The failure for one of Chromium's `net::ERR_…` texts. */
export function networkFailure(errorText: string, facts: PageFacts = {}): RenderFailure {
  const rule = networkErrors.find(({ matches }) => matches.test(errorText));
  const message = `${rule?.message ?? "No connection to the server could be made"} (${errorText}).`;
  return new RenderFailure(rule?.code ?? "connection_failed", message, {
    transient: rule?.transient ?? false,
    facts,
  });
}

/** Statuses that another attempt may change: RFC 9110 section 15, RFC 6585 (429), RFC 8470 (425). */
function isTransientStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** The failure for an HTTP status of 400 or above. */
export function statusFailure(
  status: number,
  retryAfter: string | undefined,
  facts: PageFacts,
): RenderFailure {
  return new RenderFailure("http_error", `The server answered with HTTP status ${status}.`, {
    transient: isTransientStatus(status),
    facts,
    retryAfterMs: retryAfterMs(retryAfter),
  });
}

/** The longest wait that a site may ask for, in ms. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** `Retry-After` in ms: seconds or an HTTP date (RFC 9110 section 10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : undefined;
}
