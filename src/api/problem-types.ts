/**
 * Every kind of error the API returns, by its `code`: its status, its title, and the text of the page that its `type`
 * links to.
 */
import type { ContentfulStatusCode } from "hono/utils/http-status";

interface ProblemType {
  status: ContentfulStatusCode;
  title: string;
  /** What the error means. */
  meaning: string;
  /** What the caller can do about it. */
  remedy: string;
}

export const problemTypes = {
  validation_error: {
    status: 400,
    title: "Bad Request",
    meaning: "A body field, a query parameter, or a header is missing or invalid.",
    remedy:
      "`errors` lists each fault with its path, the rule, and the value you sent. It has at most 100 entries; if there are " +
      "more, `metadata.total_errors` has the total. Nothing was changed, so fix the faults and send the request again.",
  },
  invalid_json: {
    status: 400,
    title: "Bad Request",
    meaning: "The body is empty, is not UTF-8, is not valid JSON, or is not a JSON object.",
    remedy: "Send one JSON object encoded as UTF-8. `detail` says where parsing failed.",
  },
  invalid_metadata: {
    status: 400,
    title: "Bad Request",
    meaning: "The body of a PATCH request has no `metadata`, or its `metadata` is invalid.",
    remedy:
      'Send `{"metadata": {…}}`. After merging, there can be at most 50 keys of up to 40 characters, without square ' +
      "brackets. Values are strings, numbers, or booleans of up to 500 characters. A key set to null or an empty string is " +
      "removed. Only a batch's metadata can be changed.",
  },
  parser_not_found: {
    status: 400,
    title: "Bad Request",
    meaning: "`parser` names a parser, or a version of one, that does not exist.",
    remedy: "Check the parser's ID and version. Omit the version to use the newest one.",
  },
  invalid_api_key: {
    status: 401,
    title: "Unauthorized",
    meaning: "The request has no API key, or its key is malformed, unknown, or revoked.",
    remedy: "Send the header `Authorization: Bearer <key>` with a key of the form `trawl_…`.",
  },
  credits_exhausted: {
    status: 402,
    title: "Payment Required",
    meaning:
      "The account does not have enough credits left for the full price of the batch or the parser test.",
    remedy:
      "Send a smaller batch, wait until running batches complete and release the credits they do not use, or ask for a " +
      "higher limit.",
  },
  access_denied: {
    status: 403,
    title: "Forbidden",
    meaning:
      "The account is not allowed to do this. The batch has too many items, the parser or country is not granted, the " +
      "account has no room for more parser versions, or the parser is built in and cannot be changed.",
    remedy:
      "`detail` names what was refused. The operator of this deployment decides what an account may use.",
  },
  nothing_to_retry: {
    status: 400,
    title: "Bad Request",
    meaning: "The batch has no failed items that match the request.",
    remedy: "`GET /v1/batches/{id}/items?status=failed` lists the failed items, with their codes.",
  },
  quota_exceeded: {
    status: 403,
    title: "Forbidden",
    meaning: "The account has as many running batches or stored items as it can have.",
    remedy:
      "Wait until a batch completes, or until old batches are removed. The operator of this deployment sets the limits.",
  },
  batch_not_found: {
    status: 404,
    title: "Not Found",
    meaning: "The account has no batch with this ID.",
    remedy: "Check the ID, and check that your API key belongs to the account that created the batch.",
  },
  content_not_found: {
    status: 404,
    title: "Not Found",
    meaning: "No page content has this ID: the ID is wrong, the page failed, or its content has expired.",
    remedy: "Take `retrieve_id` from the batch's items. If the content has expired, render the page again.",
  },
  not_found: {
    status: 404,
    title: "Not Found",
    meaning: "Nothing exists at this path.",
    remedy: "The reference at `/docs` lists every path.",
  },
  method_not_allowed: {
    status: 405,
    title: "Method Not Allowed",
    meaning: "The path does not support this method.",
    remedy: "The `Allow` header lists the methods it supports.",
  },
  idempotency_key_in_progress: {
    status: 409,
    title: "Idempotency Error",
    meaning: "An earlier request with the same `Idempotency-Key` is still in progress.",
    remedy:
      "Wait for the number of seconds in `Retry-After`, then send the same request again to get its response.",
  },
  payload_too_large: {
    status: 413,
    title: "Payload Too Large",
    meaning: "The body is larger than this deployment accepts.",
    remedy: "Split the batch into smaller ones.",
  },
  unsupported_media_type: {
    status: 415,
    title: "Unsupported Media Type",
    meaning: "The `Content-Type` of the body is not JSON.",
    remedy: "Send the header `Content-Type: application/json`.",
  },
  range_not_satisfiable: {
    status: 416,
    title: "Range Not Satisfiable",
    meaning: "The `Range` header asks for bytes beyond the end of the content.",
    remedy: "`Content-Range` has the size of the content. Omit `Range` to get all of it.",
  },
  idempotency_key_reuse: {
    status: 422,
    title: "Unprocessable Entity",
    meaning: "This `Idempotency-Key` was used with a different body in the last 24 hours.",
    remedy: "Use a new key for a new request. To repeat a request, send exactly the same body.",
  },
  rate_limited: {
    status: 429,
    title: "Too Many Requests",
    meaning:
      "The API key has made too many requests in the last minute, or has rendered too many pages to test parsers, or its " +
      "address has made too many without a known key.",
    remedy: "Wait for the number of seconds in `Retry-After`.",
  },
  internal_server_error: {
    status: 500,
    title: "Internal Server Error",
    meaning: "Something went wrong on our side.",
    remedy:
      "Send the request again. With an `Idempotency-Key`, it is safe to repeat the creation of a batch. If the error " +
      "persists, send its `id` to the operator of this deployment: the log has the details.",
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemTypes;

/** The last part of the URL of an error's page: `validation_error` → `validation-error`. */
export function slugOf(code: ProblemCode): string {
  return code.replaceAll("_", "-");
}
