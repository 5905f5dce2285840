/** Followers of Workers' logs: WebSockets that get each invocation as JSON. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { acceptWebSocket, textFrame } from "../site/websocket.ts";

/** The subprotocol of logs. */
const protocol = "trace-v1";

export class Tails {
  /** The Worker that each follows, and its connection once it has one. */
  readonly #tails = new Map<string, { script: string; socket?: Duplex }>();
  readonly #waiting = new Set<() => void>();

  add(script: string): string {
    const id = randomUUID();
    this.#tails.set(id, { script });
    return id;
  }

  remove(id: string): void {
    this.#tails.get(id)?.socket?.destroy();
    this.#tails.delete(id);
  }

  get count(): number {
    return this.#tails.size;
  }

  accept(request: IncomingMessage, socket: Duplex): void {
    const tail = this.#tails.get(request.url?.split("/").at(-1) ?? "");
    if (!tail || request.headers["sec-websocket-protocol"] !== protocol) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    acceptWebSocket(request, socket, protocol);
    socket.on("error", () => {});
    socket.resume();
    tail.socket = socket;
    for (const resolve of this.#waiting) resolve();
  }

  /** Resolves when somebody has connected. */
  async connected(): Promise<void> {
    if (![...this.#tails.values()].some(({ socket }) => socket)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends an invocation of the Worker to those that follow it. */
  send(script: string, invocation: object): void {
    const frame = textFrame(JSON.stringify(invocation));
    for (const tail of this.#tails.values()) {
      if (tail.script === script) tail.socket?.write(frame);
    }
  }

  close(): void {
    for (const { socket } of this.#tails.values()) socket?.destroy();
  }
}
