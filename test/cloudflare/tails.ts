/** Followers of Workers' logs: WebSockets that get each invocation as JSON. */
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** From RFC 6455, section 1.3. */
const handshakeKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

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
    if (!tail || request.headers["sec-websocket-protocol"] !== "trace-v1") {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const accept = createHash("sha1")
      .update(request.headers["sec-websocket-key"] + handshakeKey)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: trace-v1\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
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
    const text = Buffer.from(JSON.stringify(invocation));
    // A whole text message in one frame, with a length of 16 bits.
    const head = Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]);
    for (const tail of this.#tails.values()) {
      if (tail.script === script) tail.socket?.write(Buffer.concat([head, text]));
    }
  }

  close(): void {
    for (const { socket } of this.#tails.values()) socket?.destroy();
  }
}
