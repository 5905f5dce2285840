/**
 * Tells everyone who follows a running batch what is new. There is one object per batch that is followed. It reads D1 twice
 * a second at most, however many followers there are, and asks nothing of the batch's tracker. It stores nothing.
 *
 * A follower that does not keep up is let go, so that nothing piles up for it. It reads what it has missed from D1 and comes
 * back: see events.ts.
 */
import { DurableObject } from "cloudflare:workers";
import { openBindings } from "../io/bindings.ts";
import type { Env } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { type EventLine, type FollowedBatch, linesOf, readChanges } from "./batch-changes.ts";

/**
 * A line of the feed, as JSON. A `ping` names the position of the last item that followers were told of. A feed begins with
 * one, and sends one when there was no news for a while, to show that the connection is alive.
 */
export type FeedLine = EventLine | { event: "ping"; seq: number };

/** The contract allows two `batch` events a second. */
const INTERVAL_MS = 500;
/** While nothing happens, the interval grows up to this. */
const IDLE_INTERVAL_MS = 2000;
/** Proxies between here and the client close connections that are silent for a minute or so. */
const PING_MS = 15_000;
/** Bytes that may wait for a follower before it is let go. Several times what a second brings. */
const MAX_WAITING = 512 * 1024;

/** The feed of a batch. */
export function batchFeed(env: Env, batchId: string): DurableObjectStub<BatchFeed> {
  return env.BATCH_FEED.get(env.BATCH_FEED.idFromName(batchId));
}

export class BatchFeed extends DurableObject<Env> {
  readonly #followers = new Set<ReadableByteStreamController>();
  #isRunning = false;
  /** The position of the last item that followers were told of. */
  #upTo = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, openBindings(env));
  }

  /**
   * Returns the lines of the feed. If it is not running, it starts after the item at the position `after`, which is the last
   * that the follower knows of.
   */
  follow(batch: FollowedBatch, after: number): ReadableStream<Uint8Array> {
    if (!this.#isRunning) this.#upTo = after;
    const ping = bytesOf([{ event: "ping", seq: this.#upTo }]);
    let follower: ReadableByteStreamController | undefined;
    const lines = new ReadableStream(
      {
        type: "bytes",
        start: (controller) => {
          follower = controller;
          controller.enqueue(ping);
          this.#followers.add(controller);
        },
        cancel: () => {
          if (follower) this.#followers.delete(follower);
        },
      },
      { highWaterMark: MAX_WAITING },
    );
    if (!this.#isRunning) this.ctx.waitUntil(this.#run(batch));
    return lines;
  }

  /** Reads and tells for as long as there are followers and the batch is running. */
  async #run(followed: FollowedBatch): Promise<void> {
    this.#isRunning = true;
    let toldAt = Date.now();
    let interval = INTERVAL_MS;
    while (this.#followers.size > 0) {
      try {
        const changes = await readChanges(this.env, followed, this.#upTo);
        if (!changes) break;
        const lines: FeedLine[] = linesOf(changes);
        if (lines.length === 0 && Date.now() - toldAt >= PING_MS)
          lines.push({ event: "ping", seq: this.#upTo });
        this.#tell(lines);
        if (lines.at(-1)?.event === "done") break;
        interval = lines.length > 0 ? INTERVAL_MS : Math.min(IDLE_INTERVAL_MS, interval * 1.5);
        if (lines.length > 0) toldAt = Date.now();
        this.#upTo = changes.upTo;
        if (!changes.isAll) continue;
      } catch (thrown) {
        interval = IDLE_INTERVAL_MS;
        const { batchId, accountId } = followed;
        log("warn", "feed.not_read", { batch_id: batchId, account_id: accountId, error: messageOf(thrown) });
      }
      await scheduler.wait(interval);
    }
    for (const follower of this.#followers) this.#letGo(follower);
    this.#isRunning = false;
  }

  #tell(lines: FeedLine[]): void {
    if (lines.length === 0) return;
    const bytes = bytesOf(lines);
    for (const follower of this.#followers) {
      if ((follower.desiredSize ?? 0) <= 0) this.#letGo(follower);
      // A stream takes over the memory of what it is given.
      else follower.enqueue(bytes.slice());
    }
  }

  #letGo(follower: ReadableByteStreamController): void {
    this.#followers.delete(follower);
    try {
      follower.close();
    } catch {
      // Its client has hung up.
    }
  }
}

function bytesOf(lines: FeedLine[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
