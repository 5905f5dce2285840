/** A webhook receiver: an HTTP server that records what it is sent and answers as it is told, well or badly. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as after } from "node:timers/promises";
import { type Listening, listening } from "../site/listening.ts";

/** One request that the receiver got. */
export interface WebhookCall {
  /** Its place in the order of calls, from 0. */
  index: number;
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body parsed; undefined when it is not JSON. */
  json: unknown;
  /** When the whole call had come in, epoch ms. */
  at: number;
  /** Bytes of an `endless` body that have left for the socket so far. */
  endlessBytes: number;
  /** When the answer was complete or the connection had gone, epoch ms; null until then. */
  endedAt: number | null;
}

/**
 * What to answer. An object is an HTTP answer, 200 without a body if it says nothing else; a redirect is one with a
 * status and a `location`. The words are answers that no good server gives.
 */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body?: string | Uint8Array; delayMs?: number }
  /** Closes the connection without an answer. */
  | "close"
  /** Promises 1,000 bytes, sends a few and closes the connection. */
  | "truncate"
  /** Promises 1,000 bytes, sends a few and then nothing. */
  | "stall"
  /** Sends bytes that are not HTTP. */
  | "garbage"
  /** Answers 200 with a body that goes on for as long as somebody reads. */
  | "endless"
  /** Keeps the connection open and says nothing. */
  | "silence";

export type RespondToCall = (call: WebhookCall) => Reply | Promise<Reply>;

export interface Receiver extends Listening {
  /** An address to give as a batch's webhook. */
  url: string;
  /** All calls, oldest first. */
  calls: ReadonlyArray<WebhookCall>;
  /**
   * The first call, past or future, for which the predicate holds. It is asked again about every call whenever one
   * comes in or ends. Rejects after `timeoutMs` (10,000 if absent), and when the receiver closes, with what came in.
   */
  waitFor(predicate: (call: WebhookCall) => boolean, timeoutMs?: number): Promise<WebhookCall>;
  /** Answers calls that come from now on in another way. */
  respondWith(respond: RespondToCall): void;
  /** Forgets the calls. */
  reset(): void;
}

interface Waiter {
  predicate: (call: WebhookCall) => boolean;
  resolve: (call: WebhookCall) => void;
  reject: (reason: Error) => void;
  timer: NodeJS.Timeout;
}

/** Starts a receiver that answers by `respond`, or 200 to all. Port 0 is any free one. */
export async function startReceiver({
  host = "127.0.0.1",
  port = 0,
  respond = () => ({}),
}: {
  host?: string;
  port?: number;
  respond?: RespondToCall;
} = {}): Promise<Receiver> {
  const calls: WebhookCall[] = [];
  const waiters = new Set<Waiter>();
  let answerBy: RespondToCall = respond;

  const tellWaiters = () => {
    for (const waiter of waiters) {
      try {
        const call = calls.find(waiter.predicate);
        if (!call) continue;
        waiter.resolve(call);
      } catch (thrown) {
        waiter.reject(thrown as Error);
      }
      settle(waiter);
    }
  };
  const settle = (waiter: Waiter) => {
    clearTimeout(waiter.timer);
    waiters.delete(waiter);
  };
  const giveUp = (waiter: Waiter, why: string) => {
    settle(waiter);
    const seen = calls.map(({ method, path }) => `${method} ${path}`).join(", ") || "none";
    waiter.reject(new Error(`No such webhook call ${why}. Calls so far: ${seen}`));
  };

  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => null);
    // A call that breaks off while it is being sent is none.
    if (body === null) return;
    const call = recordOf(request, body, calls.length);
    calls.push(call);
    response.once("close", () => {
      call.endedAt = Date.now();
      tellWaiters();
    });
    tellWaiters();
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      await send(response, await answerBy(call), call, gone.signal);
    } catch (thrown) {
      if (!gone.signal.aborted) response.destroy(thrown as Error);
    }
  });

  const { close, ...address } = await listening(server, host, port);

  return {
    ...address,
    url: `${address.origin}/webhook`,
    calls,
    waitFor(predicate, timeoutMs = 10_000) {
      const past = calls.find(predicate);
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => giveUp(waiter, `within ${timeoutMs} ms`), timeoutMs);
        const waiter: Waiter = { predicate, resolve, reject, timer };
        waiters.add(waiter);
      });
    },
    respondWith(next) {
      answerBy = next;
    },
    reset() {
      calls.length = 0;
    },
    close() {
      for (const waiter of waiters) giveUp(waiter, "before the receiver closed");
      return close();
    },
  };
}

function recordOf(request: IncomingMessage, body: string, index: number): WebhookCall {
  return {
    index,
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    body,
    json: parsed(body),
    at: Date.now(),
    endlessBytes: 0,
    endedAt: null,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function send(
  response: ServerResponse,
  reply: Reply,
  call: WebhookCall,
  gone: AbortSignal,
): Promise<void> {
  if (reply === "silence") return;
  if (reply === "close") {
    response.destroy();
    return;
  }
  if (reply === "garbage") {
    response.socket?.end("\u0000\u0001 this is not HTTP at all\r\n\r\n");
    return;
  }
  if (reply === "truncate") {
    response.writeHead(200, { "content-length": 1000 });
    response.write("the first of many words", () => response.destroy());
    return;
  }
  if (reply === "stall") {
    response.writeHead(200, { "content-length": 1000 });
    response.write("the first of many words");
    return;
  }
  if (reply === "endless") {
    response.writeHead(200, { "content-type": "text/plain" });
    await pipeline(endlessBody(call), response);
    return;
  }
  if (reply.delayMs) await after(reply.delayMs, undefined, { signal: gone });
  response.writeHead(reply.status ?? 200, reply.headers);
  response.end(reply.body);
}

/** Pieces without end; how many bytes were asked for is kept in the call. */
async function* endlessBody(call: WebhookCall) {
  const piece = Buffer.alloc(16 * 1024, "more ");
  while (true) {
    call.endlessBytes += piece.length;
    yield piece;
  }
}
