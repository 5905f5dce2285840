/**
 * The codes of failed items, as clients read them in `error.code`, each with what it means.
 *
 * To add a code, add a line. The type `FailureCode` and the API reference follow, and a test names the table in docs/
 * that has to follow too.
 */
export const failureCodes = {
  blocked_address: "The page's address, or one it leads to, is not public.",
  cancelled: "The batch was cancelled before the page was rendered.",
  connection_failed: "No connection to the server could be made.",
  connection_reset: "The server closed the connection before it had sent the whole response.",
  deadline_exceeded: "The batch reached its deadline before the page was rendered.",
  dns_error: "The host name could not be resolved.",
  http_error: "The server responded with an HTTP status of 400 or above.",
  invalid_response: "The server's response is not valid HTTP, or has no content.",
  page_crashed: "The page crashed its browser tab, or the browser was lost while rendering it.",
  page_too_large: "The page is too large to render or to keep.",
  parser_failed: "The parser could not be run on the page.",
  parser_output_missing: "The parser did not find what it looks for.",
  render_failed: "The browser could not load or read the page.",
  render_lost: "Every attempt was lost together with the process that rendered it.",
  timeout: "The page did not load or could not be read within its time limit.",
  tls_error: "No secure connection could be made: the certificate or the TLS handshake is not valid.",
  too_many_redirects: "The page redirects too many times.",
  unsupported_content_type: "The response is neither a page nor a file that text can be read from.",
} as const;

export type FailureCode = keyof typeof failureCodes;
