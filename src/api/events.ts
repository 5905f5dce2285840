/**
 * `GET /v1/batches/{id}/events`: a batch and its items as they finish, as server-sent events.
 *
 * Each connection reads what it has missed from D1, at its client's pace. Then it passes on what the batch's feed tells, which
 * it shares with all others (batch-feed.ts). When it falls behind, it starts over.
 */
import { Hono } from "hono";
import * as z from "zod";
import { batchObject } from "../batch/batch-object.ts";
import type { Env } from "../settings.ts";
import { jsonLines } from "../text/json-lines.ts";
import { log, messageOf } from "../text/log.ts";
import type { ApiEnv } from "./api-env.ts";
import { type FollowedBatch, linesOf, readChanges } from "./batch-changes.ts";
import { batchFeed, type FeedLine } from "./batch-feed.ts";
import { validated } from "./middleware/validated.ts";
import { requestedBatch } from "./requested-batch.ts";
import { streamOf } from "./stream-of.ts";

/** The id of the last event. Browsers reconnect when a stream ends; a client that has seen all of it is told not to. */
const DONE = "done";
/** Before a connection that lost its feed tries again, in ms. */
const RETRY_MS = 1000;

const lastEventIdForm = /^([0-9]{1,15}|done)$/;

export const eventsHeaders = z.object({
  "last-event-id": z
    .string()
    .regex(lastEventIdForm, { error: "Must be the `id` of an event of this batch." })
    .optional()
    .meta({
      description: "The `id` of the last event you have. Omit it to start from the first item.",
      example: "41",
    }),
});

const events = new Hono<ApiEnv>();

events.get("/:id/events", validated("header", eventsHeaders), async (c) => {
  const id = c.req.param("id");
  const lastEventId = c.req.valid("header")["last-event-id"] ?? "0";
  await requestedBatch(c, id);
  if (lastEventId === DONE) return c.body(null, 204);
  const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" };
  if (c.req.method === "HEAD") return new Response(null, { headers });
  const followed = { accountId: c.var.account.id, batchId: id };
  return new Response(streamOf(eventsOf(c.env, followed, Number(lastEventId))), { headers });
});

/** Yields events as UTF-8. @throws what D1 and R2 throw */
async function* eventsOf(env: Env, followed: FollowedBatch, after: number): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let upTo = after;
  let isFirst = true;
  for (;;) {
    const changes = await readChanges(env, followed, upTo);
    if (!changes) return;
    const lines = linesOf(changes);
    // The first event says how far the batch has come, however many items there are to catch up on.
    if (isFirst) lines.unshift({ event: "batch", data: JSON.stringify(batchObject(changes.batch)) });
    isFirst = false;
    if (lines.length > 0) yield encoder.encode(lines.map(textOf).join(""));
    if (lines.at(-1)?.event === "done") return;
    upTo = changes.upTo;
    if (!changes.isAll) continue;

    try {
      for await (const line of feedLines(env, followed, upTo)) {
        // The feed is ahead: D1 has what it told others before.
        if (line.event === "ping" && line.seq > upTo) break;
        if (line.event === "item") {
          if (line.seq <= upTo) continue;
          if (line.seq > upTo + 1) break;
          upTo = line.seq;
        }
        yield encoder.encode(textOf(line));
        if (line.event === "done") return;
      }
    } catch (thrown) {
      const { batchId, accountId } = followed;
      log("warn", "feed.lost", { batch_id: batchId, account_id: accountId, error: messageOf(thrown) });
      await scheduler.wait(RETRY_MS);
    }
  }
}

async function* feedLines(env: Env, followed: FollowedBatch, after: number): AsyncGenerator<FeedLine> {
  yield* jsonLines<FeedLine>(await batchFeed(env, followed.batchId).follow(followed, after));
}

/** As the HTML standard says in "Server-sent events". JSON has no line breaks. */
function textOf(line: FeedLine): string {
  if (line.event === "ping") return ": nothing new\n\n";
  const id = line.event === "item" ? `id: ${line.seq}\n` : line.event === "done" ? `id: ${DONE}\n` : "";
  return `${id}event: ${line.event}\ndata: ${line.data}\n\n`;
}

export { events };
