/** One attempt to deliver a webhook. */
import type { Settings } from "../env.ts";
import { messageOf } from "../log.ts";
import { publicUrlGuard } from "../net/guard.ts";
import { TimeLimitError, withinTime } from "../time-limit.ts";
import { attemptBody, type CompletionEvent } from "./payload.ts";
import { MAX_ATTEMPTS } from "./schedule.ts";
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
  /** From 1. */
  attempt: number;
  settings: Settings;
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
  /** The receiver answered 2xx in time. */
  ok: boolean;
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
  const ended = (httpStatus: number | null, error: AttemptResult["error"]): AttemptResult => ({
    ok: error === null,
    httpStatus,
    error,
    durationMs: Date.now() - startedAt,
  });
  const abort = new AbortController();
  const limit = request.timeLimitMs ?? TIME_LIMIT_MS;
  try {
    const verdict = await publicUrlGuard(request.settings).beforeCall(request.url);
    if (!verdict.ok) return ended(null, { code: verdict.code, message: verdict.reason });
    const status = await withinTime(limit, "The receiver's answer", post(request, startedAt, abort.signal));
    return ended(status, faultOf(status));
  } catch (thrown) {
    if (thrown instanceof TimeLimitError) {
      return ended(null, { code: "timeout", message: `No answer within ${limit / 1000} s.` });
    }
    return ended(null, { code: "connection_failed", message: messageOf(thrown, 200) });
  } finally {
    abort.abort();
  }
}

async function post({ url, event, secrets, attempt }: WebhookAttempt, sentAt: number, signal: AbortSignal) {
  const body = attemptBody(event, `${attempt}/${MAX_ATTEMPTS}`, sentAt);
  const response = await fetch(url, {
    method: "POST",
    redirect: "manual",
    signal,
    headers: {
      "content-type": "application/json",
      "user-agent": "Trawl-Webhooks/1",
      ...signatureHeaders(secrets, event.id, sentAt, body),
    },
    body,
  });
  await readSome(response);
  return response.status;
}

/** Reads the answer as far as it is allowed to go, so that the receiver sees its answer taken. */
async function readSome(response: Response): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let bytes = 0;
  while (bytes < MAX_ANSWER_BYTES) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.byteLength;
  }
  await reader.cancel();
}

function faultOf(status: number): AttemptResult["error"] {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return { code: "redirect", message: `The receiver answered ${status}. Redirects are not followed.` };
  }
  return { code: "http_error", message: `The receiver answered ${status}.` };
}
