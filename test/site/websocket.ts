/** The server's side of a WebSocket, as far as tests need it: it sends text and reads nothing. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** From RFC 6455, section 1.3. */
const handshakeKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Answers the request for a WebSocket. @param protocol the subprotocol to state, if any */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex, protocol?: string): void {
  const accept = createHash("sha1")
    .update(request.headers["sec-websocket-key"] + handshakeKey)
    .digest("base64");
  const headers = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  socket.write(`${headers.join("\r\n")}\r\n\r\n`);
}

/** A whole text message of up to 65,535 bytes in one frame: RFC 6455, section 5.2. */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.from(text);
  const { length } = bytes;
  const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}
