/** `GET /v1/batches/{id}/events`. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished } from "vitest";
import worker from "../../src/index.ts";
import { items, newBatch, newCaller, origin } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const caller = await newCaller();
const page: Ending = { parts: { html: "<a href='/a'>a</a>", links: '["https://example.com/a"]' } };
const failure: Ending = { code: "http_error", message: "The site answered 500." };

interface Event {
  event: string;
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests assert the shape of each themselves
  data: any;
}

/** Reads events one after the other, as a client does. */
class Stream {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event, or null at the end. */
  async next(): Promise<Event | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { value, done } = await this.#reader.read();
        if (done) return null;
        this.#text += value;
        continue;
      }
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const fields = Object.fromEntries(lines.map((line) => line.split(/: ?(.*)/s)));
      if (fields.data !== undefined) {
        return {
          event: fields.event,
          ...(fields.id && { id: fields.id }),
          data: JSON.parse(fields.data),
        };
      }
    }
  }

  /** Events up to the first that `isLast` is true for, or to the end. */
  async until(isLast: (event: Event) => boolean = () => false): Promise<Event[]> {
    const events: Event[] = [];
    for (let event = await this.next(); event; event = await this.next()) {
      events.push(event);
      if (isLast(event)) break;
    }
    return events;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

async function follow(batch: string, lastEventId?: string): Promise<Stream> {
  const headers = {
    Authorization: `Bearer ${caller.key}`,
    ...(lastEventId && { "Last-Event-ID": lastEventId }),
  };
  const request = new Request<unknown, IncomingRequestCfProperties>(`${origin}/v1/batches/${batch}/events`, {
    headers,
  });
  const { status, headers: sent, body } = await worker.fetch(request, env, createExecutionContext());
  expect([status, sent.get("Content-Type")]).toEqual([200, "text/event-stream"]);
  const stream = new Stream(body as ReadableStream<Uint8Array>);
  onTestFinished(() => stream.close());
  return stream;
}

const itemsOf = (events: Event[]) =>
  events.filter(({ event }) => event === "item").map(({ data }) => data.custom_id);
const isItem = (customId: string) => (event: Event) => event.data.custom_id === customId;

async function finishedBatch(endings: Record<number, Ending>): Promise<string> {
  const { id } = await newBatch(caller, { items: items(Object.keys(endings).length), links_on_page: {} });
  await finish(caller.account.id, id, endings);
  await completed(caller.account.id, id);
  return id;
}

describe("the events of a completed batch", async () => {
  const id = await finishedBatch({ 0: page, 1: failure });
  const { body: batch } = await caller.call("GET", `/v1/batches/${id}`);
  const { body: list } = await caller.call("GET", `/v1/batches/${id}/items`);

  it("are the batch, its items as they are listed, the batch again, and the end", async () => {
    expect(await (await follow(id)).until()).toEqual([
      { event: "batch", data: batch },
      { event: "item", id: "1", data: list.items[0] },
      { event: "item", id: "2", data: list.items[1] },
      { event: "batch", data: batch },
      { event: "done", id: "done", data: batch },
    ]);
    expect(list.items[0].links_on_page).toEqual(["https://example.com/a"]);
  });

  it("go on after the last one that a client has", async () => {
    expect(itemsOf(await (await follow(id, "1")).until())).toEqual(["item-1"]);
    expect(itemsOf(await (await follow(id, "2")).until())).toEqual([]);
  });

  it("are over for a client that has seen the end", async () => {
    const headers = { "Last-Event-ID": "done" };
    expect((await caller.call("GET", `/v1/batches/${id}/events`, { headers })).status).toBe(204);
  });

  it.each(["x", "-1", "1.5", "9".repeat(16)])("are refused after %s", async (given) => {
    const { body } = await caller.call("GET", `/v1/batches/${id}/events`, {
      headers: { "Last-Event-ID": given },
    });
    expect(body).toMatchObject({ status: 400, code: "validation_error" });
    expect(body.detail).toContain("last-event-id: Must be the `id` of an event of this batch.");
  });

  it("are another account's secret", async () => {
    const other = await newCaller();
    const { body } = await other.call("GET", `/v1/batches/${id}/events`);
    expect(body).toMatchObject({ status: 404, code: "batch_not_found" });
  });

  it("need no body to answer HEAD", async () => {
    const { status, headers, text } = await caller.call("HEAD", `/v1/batches/${id}/events`);
    expect([status, headers.get("Content-Type"), text]).toEqual([200, "text/event-stream", ""]);
  });
});

describe("the events of a running batch", () => {
  it("come as items finish, once and in order, to those who follow from the start, later, or again", async () => {
    const { id } = await newBatch(caller, { items: items(5) });
    const end = async (endings: Record<number, Ending>) => finish(caller.account.id, id, endings);
    const first = await follow(id);
    expect(await first.next()).toMatchObject({ event: "batch", data: { completed_urls: 0 } });

    await end({ 3: page });
    expect(itemsOf(await first.until(isItem("item-3")))).toEqual(["item-3"]);
    await end({ 0: failure });
    const second = await follow(id);
    expect(itemsOf(await second.until(isItem("item-0")))).toEqual(["item-3", "item-0"]);
    const gone = await follow(id, "1");
    expect(itemsOf(await gone.until(isItem("item-0")))).toEqual(["item-0"]);
    await gone.close();

    await end({ 1: page, 4: page });
    const resumed = await follow(id, "2");
    await end({ 2: page });
    await completed(caller.account.id, id);
    const [ofFirst, ofSecond, ofResumed] = await Promise.all([
      first.until(),
      second.until(),
      resumed.until(),
    ]);
    expect(itemsOf(ofFirst)).toEqual(["item-0", "item-1", "item-4", "item-2"]);
    expect(itemsOf(ofSecond)).toEqual(["item-1", "item-4", "item-2"]);
    expect(itemsOf(ofResumed)).toEqual(["item-1", "item-4", "item-2"]);
    for (const events of [ofFirst, ofSecond, ofResumed]) {
      const { body: batch } = await caller.call("GET", `/v1/batches/${id}`);
      expect(events.slice(-2)).toEqual([
        { event: "batch", data: batch },
        { event: "done", id: "done", data: batch },
      ]);
    }
  });

  it("wait in D1 for a client that is slow to read them", async () => {
    const [rounds, perRound] = [3, 8];
    const count = rounds * perRound;
    const large = JSON.stringify(["x".repeat(100_000)]);
    const { id } = await newBatch(caller, { items: items(count), links_on_page: {} });
    const [slow, quick] = [await follow(id), await follow(id)];
    await slow.next();
    for (let idx = 0; idx < count; idx += perRound) {
      const round = Array.from({ length: perRound }, (_, i) => [
        idx + i,
        { parts: { html: "<p>", links: large } },
      ]);
      await finish(caller.account.id, id, Object.fromEntries(round));
      await quick.until(isItem(`item-${idx + perRound - 1}`));
    }
    const all = items(count).map(({ custom_id }) => custom_id);
    expect(itemsOf(await slow.until())).toEqual(all);
  });

  it("end when the batch is cancelled", async () => {
    const { id } = await newBatch(caller, { items: items(2) });
    const stream = await follow(id);
    await stream.next();
    await caller.call("POST", `/v1/batches/${id}/cancel`);
    const events = await stream.until();
    expect(itemsOf(events)).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ event: "done", data: { status: "completed", failed_urls: 2 } });
  });
});
