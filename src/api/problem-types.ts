/**
 * Every kind of error that the API answers, by its `code`: its status, its title, and what the page that its `type`
 * links to says.
 */
import type { ContentfulStatusCode } from "hono/utils/http-status";

interface ProblemType {
  status: ContentfulStatusCode;
  title: string;
  /** What it means. */
  meaning: string;
  /** What the caller can do about it. */
  remedy: string;
}

export const problemTypes = {
  validation_error: {
    status: 400,
    title: "Bad Request",
    meaning: "A field of the body, a query parameter or a header is missing or breaks its rule.",
    remedy:
      "`errors` names each fault with its path, the rule and what was given. At most 100 are listed; " +
      "`metadata.total_errors` counts them all when there are more. Nothing was changed: mend them and send it again.",
  },
  invalid_json: {
    status: 400,
    title: "Bad Request",
    meaning: "The body is empty, is not UTF-8, is not JSON, or is JSON but not an object.",
    remedy: "Send one JSON object, encoded as UTF-8. `detail` says where reading it stopped.",
  },
  invalid_metadata: {
    status: 400,
    title: "Bad Request",
    meaning: "The body of a PATCH has no `metadata`, or one that breaks the rules for metadata.",
    remedy:
      'Send `{"metadata": {…}}` with at most 50 keys after merging, keys of at most 40 characters without ' +
      "brackets, and strings, numbers or booleans of at most 500 characters as values. A key set to null or to an " +
      "empty string is removed. Nothing but the metadata of a batch can be changed.",
  },
  parser_not_found: {
    status: 400,
    title: "Bad Request",
    meaning:
      "`parser` names no built-in parser and none of the account's own, or a version that it does not have.",
    remedy: "Check the parser's id and version, or leave the version out to use the newest.",
  },
  invalid_api_key: {
    status: 401,
    title: "Unauthorized",
    meaning: "The request has no API key, or one that is malformed, unknown or revoked.",
    remedy: "Send the header `Authorization: Bearer <key>` with a key of the form `trawl_…`.",
  },
  credits_exhausted: {
    status: 402,
    title: "Payment Required",
    meaning:
      "The credits that the account has left do not cover the full price of the batch, or of the page to try a parser on.",
    remedy:
      "Send a smaller batch, wait until running batches have completed (what they do not use is freed), or have the " +
      "account's limit raised.",
  },
  access_denied: {
    status: 403,
    title: "Forbidden",
    meaning:
      "The account may not use this: too many items for it in one batch, a parser or country not granted, more versions " +
      "of parsers of its own than it can have, or a change of a built-in parser.",
    remedy: "`detail` names what was refused. The operator of this deployment sets what an account may use.",
  },
  batch_not_found: {
    status: 404,
    title: "Not Found",
    meaning: "The account has no batch with this id.",
    remedy: "Check the id, and that the key belongs to the account that made the batch.",
  },
  content_not_found: {
    status: 404,
    title: "Not Found",
    meaning:
      "There is no page content of this name: the id is wrong, the page failed, or its content has expired.",
    remedy:
      "Take `retrieve_id` from the batch's items. Content that has expired is to be had by rendering it again.",
  },
  not_found: {
    status: 404,
    title: "Not Found",
    meaning: "There is nothing at this path.",
    remedy: "See `/docs` for all routes.",
  },
  method_not_allowed: {
    status: 405,
    title: "Method Not Allowed",
    meaning: "There is something at this path, but not for this method.",
    remedy: "The header `Allow` lists the methods that it has.",
  },
  idempotency_key_in_progress: {
    status: 409,
    title: "Idempotency Error",
    meaning: "An earlier request with the same `Idempotency-Key` is still running.",
    remedy:
      "Wait for as many seconds as `Retry-After` says, then send the same request again to get its answer.",
  },
  payload_too_large: {
    status: 413,
    title: "Payload Too Large",
    meaning: "The body is larger than this deployment takes.",
    remedy: "Split the batch.",
  },
  unsupported_media_type: {
    status: 415,
    title: "Unsupported Media Type",
    meaning: "The body is not JSON by its `Content-Type`.",
    remedy: "Send the header `Content-Type: application/json`.",
  },
  range_not_satisfiable: {
    status: 416,
    title: "Range Not Satisfiable",
    meaning: "The header `Range` asks for bytes beyond the content's end.",
    remedy: "`Content-Range` says how many bytes there are. Without `Range` the whole content is sent.",
  },
  idempotency_key_reuse: {
    status: 422,
    title: "Unprocessable Entity",
    meaning: "This `Idempotency-Key` was used with another body in the last 24 hours.",
    remedy: "Use a new key for a new request. For a repeat, send exactly the same bytes.",
  },
  rate_limited: {
    status: 429,
    title: "Too Many Requests",
    meaning:
      "The key has made more requests in a minute than this deployment allows, or has had more pages rendered to try " +
      "parsers on; or the address has sent too many keys.",
    remedy: "Wait for as many seconds as `Retry-After` says.",
  },
  internal_server_error: {
    status: 500,
    title: "Internal Server Error",
    meaning: "Something failed on this side.",
    remedy:
      "Send it again; with an `Idempotency-Key` that is safe for making batches too. If it persists, tell the " +
      "operator of this deployment the error's `id`: its log says more.",
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemTypes;

/** The last part of the address of the page that explains an error: `validation_error` → `validation-error`. */
export function slugOf(code: ProblemCode): string {
  return code.replaceAll("_", "-");
}
