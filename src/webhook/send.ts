/** One attempt to deliver a webhook. */
import { encodeBase64 } from "hono/utils/encode";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { publicUrlGuard } from "../net/guard.ts";
import type { Settings } from "../settings.ts";
import { messageOf } from "../text/log.ts";
import { attemptBody, type CompletionEvent } from "./payload.ts";
import { signatureHeaders } from "./signature.ts";

/** The answer, its body included, must be there after so many ms. */
const TIME_LIMIT_MS = 30_000;
/** So much of the answer is read at most: nothing in it matters. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface WebhookAttempt {
  url: string;
  event: CompletionEvent;
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
  /** The receiver answered 2xx, and its answer was complete in time. */
  ok: boolean;
  /** Null when there was no answer. */
  httpStatus: number | null;
  error: { code: DeliveryErrorCode; message: string } | null;
  durationMs: number;
}

/**
 * Sends the event once. The address is looked at again right before: what was public when the batch was accepted may
 * not be so now. Does not throw.
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
        const answer = await post(request, startedAt, abort.signal);
        httpStatus = answer.status;
        await readSome(answer);
        return faultOf(answer.status);
      };
      error = await withinTime(limit, "The receiver's answer", exchange());
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
  return fetch(url, {
    method: "POST",
    redirect: "manual",
    signal,
    headers: {
      "content-type": "application/json",
      "user-agent": "Trawl-Webhooks/1",
      ...credentialsOf(url),
      ...signatureHeaders(secrets, event.id, sentAt, body),
    },
    body,
  });
}

/** A user and a password in the URL, as RFC 7617 sends them: workerd's fetch drops them. */
function credentialsOf(url: string): { authorization?: string } {
  const { username, password } = new URL(url);
  if (!username && !password) return {};
  // A stray % stays as it is.
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

/** Reads the answer to its end, or as far as it is allowed to go. */
async function readSome({ body }: Response): Promise<void> {
  const reader = body?.getReader();
  let bytes = 0;
  while (reader && bytes < MAX_ANSWER_BYTES) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.byteLength;
  }
}

function faultOf(status: number): AttemptResult["error"] {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return { code: "redirect", message: `The receiver answered ${status}. Redirects are not followed.` };
  }
  return { code: "http_error", message: `The receiver answered ${status}.` };
}

function failureOf(thrown: unknown, limitMs: number): AttemptResult["error"] {
  return thrown instanceof TimeLimitError
    ? { code: "timeout", message: `No complete answer within ${limitMs / 1000} s.` }
    : { code: "connection_failed", message: messageOf(thrown, 200) };
}
