/** A queue: its producer binding, and its messages until they are delivered. */
import type { Platform } from "./platform.ts";

/** developers.cloudflare.com/queues/platform/limits */
const MAX_MESSAGES_PER_CALL = 100;
const MAX_BYTES_PER_CALL = 256_000;

export interface QueuedMessage {
  readonly id: string;
  readonly body: unknown;
  readonly timestamp: Date;
  /** Deliveries so far. */
  attempts: number;
}

interface SendOptions {
  delaySeconds?: number;
}

export class SimulatedQueue {
  readonly name: string;
  readonly #platform: Platform;
  #sent = 0;
  /** Messages that may be delivered, with the time since when. */
  #ready: { message: QueuedMessage; since: number }[] = [];
  #delayed = 0;
  /** When the last message came, epoch ms. */
  sentAt = 0;
  /** Called when a message may be delivered. */
  onReady: () => void = () => {};

  constructor(platform: Platform, name: string) {
    this.#platform = platform;
    this.name = name;
  }

  /** Messages that could be delivered now. */
  get backlog(): number {
    return this.#ready.length;
  }

  /** All messages that wait, those that are delayed included. */
  get waiting(): number {
    return this.#ready.length + this.#delayed;
  }

  /** Since when the first has waited, epoch ms. */
  get oldestSince(): number | undefined {
    return this.#ready[0]?.since;
  }

  /** The binding. */
  readonly producer = {
    send: (body: unknown, options: SendOptions = {}) => this.producer.sendBatch([{ body, ...options }]),
    sendBatch: (given: Iterable<{ body: unknown } & SendOptions>, shared: SendOptions = {}) => {
      const messages = [...given];
      const texts = messages.map(({ body }) => JSON.stringify(body));
      const bytes = texts.reduce((sum, text) => sum + text.length, 0);
      if (messages.length > MAX_MESSAGES_PER_CALL || bytes > MAX_BYTES_PER_CALL) {
        return Promise.reject(new Error(`The batch has ${messages.length} messages of ${bytes} bytes.`));
      }
      return this.#platform.connectedCall(() => {
        for (const [n, { delaySeconds = shared.delaySeconds ?? 0 }] of messages.entries()) {
          this.#sent += 1;
          this.#platform.meter.messageSent(this.name);
          const timestamp = new Date(this.#platform.clock.now);
          const message = {
            id: `${this.name} ${this.#sent}`,
            body: JSON.parse(texts[n] ?? ""),
            timestamp,
            attempts: 0,
          };
          this.put(message, delaySeconds * 1000);
        }
      });
    },
  };

  /** Puts a message in, to be delivered after `delayMs`. */
  put(message: QueuedMessage, delayMs: number): void {
    const { clock } = this.#platform;
    const ready = () => {
      this.#ready.push({ message, since: clock.now });
      this.sentAt = clock.now;
      this.onReady();
    };
    if (delayMs <= 0) {
      ready();
      return;
    }
    this.#delayed += 1;
    clock.after(delayMs, () => {
      this.#delayed -= 1;
      ready();
    });
  }

  /** Takes up to `limit` messages out, those first that have waited longest. */
  take(limit: number): QueuedMessage[] {
    return this.#ready.splice(0, limit).map(({ message }) => message);
  }
}
