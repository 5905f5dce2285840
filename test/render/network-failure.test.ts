import { expect, it } from "vitest";
import { networkFailure } from "../../src/render/network-failure.ts";

it.each([
  ["net::ERR_ABORTED", "render_failed", true],
  ["net::ERR_CONNECTION_ABORTED", "connection_reset", true],
  ["net::ERR_CONNECTION_TIMED_OUT", "timeout", true],
  ["net::ERR_DNS_TIMED_OUT", "dns_error", true],
  ["net::ERR_NAME_NOT_RESOLVED", "dns_error", false],
  ["net::ERR_CERT_DATE_INVALID", "tls_error", false],
  ["net::ERR_CONNECTION_REFUSED", "connection_failed", false],
])("%s fails the page as %s, worth another attempt: %s", (errorText, code, transient) => {
  expect(networkFailure(errorText)).toMatchObject({ code, transient });
});
