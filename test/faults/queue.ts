/** A queue whose messages are lost, duplicated, late and out of order, as the schedule decides. */
import type { RenderTicket } from "../../src/protocol/ticket.ts";
import type { Random } from "./random.ts";

export interface QueuedMessage {
  id: string;
  body: RenderTicket;
  /** Earliest delivery, epoch ms. */
  dueAt: number;
  /** Deliveries so far. */
  attempts: number;
}

/** As in wrangler.toml. */
const MAX_PER_DELIVERY = 1;

export class FaultyQueue {
  readonly #random: Random;
  readonly #areCalm: () => boolean;
  #messages: QueuedMessage[] = [];
  /** All messages ever sent. */
  readonly sent: RenderTicket[] = [];
  readonly #lossRate: number;
  readonly #doubleRate: number;
  readonly #maxDelay: number;

  constructor(random: Random, areCalm: () => boolean) {
    this.#random = random;
    this.#areCalm = areCalm;
    this.#lossRate = random.pick("messages lost", [0, 0, 0.05, 0.5]);
    this.#doubleRate = random.pick("messages doubled", [0, 0, 0.2]);
    this.#maxDelay = random.pick("messages' delay", [50, 50, 5000, 60_000]);
  }

  /** The Worker's RENDER_QUEUE binding. */
  get producer(): Queue<RenderTicket> {
    const sendBatch = async (messages: Iterable<MessageSendRequest<RenderTicket>>) => {
      for (const { body } of messages) this.#take(structuredClone(body));
    };
    return { sendBatch } as unknown as Queue<RenderTicket>;
  }

  /** Takes the messages out of the queue that one consumer gets now. */
  due(): QueuedMessage[] {
    const now = Date.now();
    const due = this.#messages.filter(({ dueAt }) => dueAt <= now);
    due.sort((one, other) => one.dueAt - other.dueAt);
    const taken = new Set(due.slice(0, MAX_PER_DELIVERY));
    this.#messages = this.#messages.filter((message) => !taken.has(message));
    return [...taken];
  }

  /** Puts back messages whose consumer died. */
  putBack(messages: QueuedMessage[], afterMs: number): void {
    for (const message of messages) this.#messages.push({ ...message, dueAt: Date.now() + afterMs });
  }

  #take(body: RenderTicket): void {
    this.sent.push(body);
    const calm = this.#areCalm();
    if (!calm && this.#random.chance("message is lost", this.#lossRate)) return;
    const copies = !calm && this.#random.chance("message is doubled", this.#doubleRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = this.#random.between("message's delay", 0, calm ? 50 : this.#maxDelay);
      const id = `message-${this.sent.length}-${copy}`;
      this.#messages.push({ id, body, dueAt: Date.now() + delay, attempts: 0 });
    }
  }
}
