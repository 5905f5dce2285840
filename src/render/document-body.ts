/** Takes the body out of a paused answer. The browser cannot show the answer any more then, only another in its place. */
import { Buffer } from "node:buffer";
import { networkFailure } from "./network-failure.ts";
import { pageTooLarge } from "./render-limits.ts";
import type { PausedRequest } from "./request-interception.ts";
import type { TabSession } from "./tab-session.ts";

/** Bytes read from the browser at a time. */
const CHUNK_BYTES = 512 * 1024;
/** Memory for this much is not reserved. */
const FREE_BYTES = CHUNK_BYTES / 2;

export interface BodyLimits {
  maxBytes: number;
  timeoutMs: number;
  /** Called before more than FREE_BYTES are read. */
  reserve(): Promise<void>;
}

export class DocumentBody {
  readonly #session: TabSession;
  readonly #limits: BodyLimits;
  readonly #handle: string;
  #bytes = Buffer.alloc(0);
  #isOver = false;
  #hasReserved = false;

  private constructor(session: TabSession, limits: BodyLimits, handle: string) {
    this.#session = session;
    this.#limits = limits;
    this.#handle = handle;
  }

  /** @throws RenderFailure if the connection breaks off */
  static async take(session: TabSession, { requestId }: PausedRequest, limits: BodyLimits) {
    const timeout = { timeout: limits.timeoutMs };
    const { stream } = await orBrokenOff(
      session.send("Fetch.takeResponseBodyAsStream", { requestId }, timeout),
    );
    return new DocumentBody(session, limits, stream);
  }

  /**
   * The first bytes: at least `least`, or all there are.
   *
   * @throws RenderFailure if the body is longer than `maxBytes`, or the connection breaks off
   */
  async start(least: number): Promise<Uint8Array> {
    const { maxBytes, timeoutMs } = this.#limits;
    const chunks: Uint8Array[] = [this.#bytes];
    let bytes = this.#bytes.byteLength;
    while (!this.#isOver && bytes < least) {
      if (bytes > FREE_BYTES && !this.#hasReserved) {
        this.#hasReserved = true;
        await this.#limits.reserve();
      }
      const read = { handle: this.#handle, size: CHUNK_BYTES };
      const answer = await orBrokenOff(this.#session.send("IO.read", read, { timeout: timeoutMs }));
      const chunk = Buffer.from(answer.data, answer.base64Encoded ? "base64" : "utf8");
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw pageTooLarge(`more than ${maxBytes} bytes`, maxBytes);
      chunks.push(chunk);
      this.#isOver = answer.eof;
    }
    if (chunks.length > 1) this.#bytes = Buffer.concat(chunks, bytes);
    return this.#bytes;
  }

  /** All of it. @throws as start() */
  async whole(): Promise<Uint8Array> {
    return this.start(Number.POSITIVE_INFINITY);
  }
}

async function orBrokenOff<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch {
    throw networkFailure("net::ERR_CONNECTION_CLOSED");
  }
}
