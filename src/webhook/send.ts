/** One attempt to deliver a webhook. */
import { encodeBase64 } from "hono/utils/encode";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { publicUrlGuard } from "../net/guard.ts";
import type { Settings } from "../settings.ts";
import { messageOf } from "../text/log.ts";
import { attemptBody, type WebhookEvent } from "./payload.ts";
import { signatureHeaders } from "./signature.ts";

/** The complete response, including its body, must arrive within this many ms. */
const TIME_LIMIT_MS = 30_000;
/** The most that is read of the response: nothing in it matters. */
const MAX_RESPONSE_BYTES = 64 * 1024;

export interface WebhookAttempt {
  url: string;
  event: WebhookEvent;
  /** `whsec_…`, the current one first. */
  secrets: readonly string[];
  /** Such as `1/5`. */
  attempt: string;
  settings: Pick<Settings, "ALLOW_PRIVATE_NETWORK" | "DNS_RESOLVER_URL">;
  timeLimitMs?: number;
}

export type DeliveryErrorCode =
  | "blocked_address"
  | "dns_error"
  | "timeout"
  | "connection_failed"
  | "http_error"
  | "redirect";

export interface AttemptResult {
  /** Whether the receiver responded with 2xx, completely and in time. */
  ok: boolean;
  /** Null if there was no response. */
  httpStatus: number | null;
  error: { code: DeliveryErrorCode; message: string } | null;
  durationMs: number;
}

/**
 * Sends the event once. Checks right before that the URL's host is public: it may have changed since the batch was
 * accepted. Does not throw.
 */
export async function sendWebhook(request: WebhookAttempt): Promise<AttemptResult> {
  const startedAt = Date.now();
  const abort = new AbortController();
  const limit = request.timeLimitMs ?? TIME_LIMIT_MS;
  let httpStatus: number | null = null;
  let error: AttemptResult["error"];
  try {
    const verdict = await publicUrlGuard(request.settings).beforeCall(request.url);
    if (verdict.ok) {
      const exchange = async () => {
        const response = await post(request, startedAt, abort.signal);
        httpStatus = response.status;
        await readSome(response);
        return faultOf(response.status);
      };
      error = await withinTime(limit, "The receiver's response", exchange());
    } else {
      error = { code: verdict.code, message: verdict.reason };
    }
  } catch (thrown) {
    error = failureOf(thrown, limit);
  } finally {
    abort.abort();
  }
  return { ok: error === null, httpStatus, error, durationMs: Date.now() - startedAt };
}

async function post({ url, event, secrets, attempt }: WebhookAttempt, sentAt: number, signal: AbortSignal) {
  const body = attemptBody(event, attempt, sentAt);
  const target = new URL(url);
  const credentials = credentialsOf(target);
  // Errors may quote the URL, and clients read them.
  target.username = "";
  target.password = "";
  return fetch(target, {
    method: "POST",
    redirect: "manual",
    signal,
    headers: {
      "content-type": "application/json",
      "user-agent": "Trawl-Webhooks/1",
      ...credentials,
      ...signatureHeaders(secrets, event.id, sentAt, body),
    },
    body,
  });
}

/** The user and password of the URL as a Basic credential (RFC 7617), because workerd's fetch drops them. */
function credentialsOf({ username, password }: URL): { authorization?: string } {
  if (!username && !password) return {};
  // Decodes escapes only: a stray % stays.
  const plain = [username, password].map((part) => part.replace(/(%[0-9a-f]{2})+/gi, unescaped)).join(":");
  return { authorization: `Basic ${encodeBase64(new TextEncoder().encode(plain).buffer)}` };
}

function unescaped(bytes: string): string {
  try {
    return decodeURIComponent(bytes);
  } catch {
    return bytes;
  }
}

/** Reads the response to its end, or up to MAX_RESPONSE_BYTES. */
async function readSome({ body }: Response): Promise<void> {
  const reader = body?.getReader();
  let bytes = 0;
  while (reader && bytes < MAX_RESPONSE_BYTES) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.byteLength;
  }
}

function faultOf(status: number): AttemptResult["error"] {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return {
      code: "redirect",
      message: `The receiver responded with ${status}. Redirects are not followed.`,
    };
  }
  return { code: "http_error", message: `The receiver responded with ${status}.` };
}

function failureOf(thrown: unknown, limitMs: number): AttemptResult["error"] {
  return thrown instanceof TimeLimitError
    ? { code: "timeout", message: `No complete response within ${limitMs / 1000} s.` }
    : { code: "connection_failed", message: messageOf(thrown, 200) };
}
