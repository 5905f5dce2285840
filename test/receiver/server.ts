/** A webhook receiver: an HTTP server that records its calls and responds as told, well or badly. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as after } from "node:timers/promises";
import { type Listening, listening } from "../site/listening.ts";

/** A request that the receiver got. */
export interface WebhookCall {
  /** Its position in the order of calls, from 0. */
  index: number;
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The parsed body; undefined if it is not JSON. */
  json: unknown;
  /** When the whole request had arrived, epoch ms. */
  at: number;
  /** Bytes of an `endless` body written to the socket so far. */
  endlessBytes: number;
  /** When the response was complete or the connection closed, epoch ms; null until then. */
  endedAt: number | null;
}

/**
 * How to respond. An object is an HTTP response, by default 200 without a body. The words stand for responses that no
 * good server gives.
 */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body?: string | Uint8Array; delayMs?: number }
  /** Closes the connection without a response. */
  | "close"
  /** Announces 1,000 bytes, sends a few and closes the connection. */
  | "truncate"
  /** Announces 1,000 bytes, sends a few and then nothing. */
  | "stall"
  /** Sends bytes that are not HTTP. */
  | "garbage"
  /** Responds with 200 and a body that never ends. */
  | "endless"
  /** Keeps the connection open and sends nothing. */
  | "silence";

export type RespondToCall = (call: WebhookCall) => Reply | Promise<Reply>;

export interface Receiver extends Listening {
  /** A URL to use as a batch's webhook. */
  url: string;
  /** All calls, oldest first. */
  calls: ReadonlyArray<WebhookCall>;
  /**
   * Resolves with the first call, past or future, that matches the predicate. All calls are checked again whenever one
   * arrives or ends. Rejects after `timeoutMs` (default 10,000) or when the receiver closes, and lists the calls.
   */
  waitFor(predicate: (call: WebhookCall) => boolean, timeoutMs?: number): Promise<WebhookCall>;
  /** Changes how calls are answered from now on. */
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

/** Starts a receiver that responds with what `respond` returns, by default 200. Port 0 means any free port. */
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
    // A request that breaks off does not count.
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

/** Yields pieces without end, and counts their bytes in the call. */
async function* endlessBody(call: WebhookCall) {
  const piece = Buffer.alloc(16 * 1024, "more ");
  while (true) {
    call.endlessBytes += piece.length;
    yield piece;
  }
}
