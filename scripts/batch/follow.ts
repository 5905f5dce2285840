/** Follows batches until they have completed. */
import { setTimeout as delay } from "node:timers/promises";
import type { Format } from "../../src/content/stored-formats.ts";
import { type Client, type Exported, isTransient } from "../trawl/client.ts";

/** Between two looks at a running batch, in ms. */
const LOOK_MS = 1000;
/** How long a deployment that does not answer is asked again, in ms. */
const PATIENCE_MS = 5 * 60_000;

export interface FollowOptions {
  formats: Format[];
  /** Goes on after the line with this cursor. */
  cursor: number;
  onItem(item: Exported): void | Promise<void>;
  signal: AbortSignal;
}

/**
 * Calls `onItem` once for each item of a batch as it finishes, in that order. Connections that are lost are made again.
 *
 * @throws {ApiError} if the API refuses; what `fetch` throws, after five minutes without an answer; what `onItem` throws;
 *   the signal's reason
 */
export async function follow(client: Client, id: string, options: FollowOptions): Promise<void> {
  const { formats, onItem, signal } = options;
  let cursor = options.cursor;
  let answeredAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    try {
      // What has completed before the export began is all in it.
      const { status } = await client.batch(id);
      for await (const item of client.exported(id, { formats, cursor, signal })) {
        await onItem(item);
        cursor = item.cursor;
        answeredAt = Date.now();
      }
      answeredAt = Date.now();
      if (status === "completed") return;
    } catch (error) {
      if (!isTransient(error) || Date.now() - answeredAt > PATIENCE_MS) throw error;
    }
    await delay(LOOK_MS, undefined, { signal });
  }
}
