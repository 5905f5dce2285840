/** The lines of an export. However large the pages are, an export holds only a few small contents at a time. */

import { linksOf } from "../batch/item-links.ts";
import { itemObject } from "../batch/item-object.ts";
import { rootAround, withObjectRoot } from "../content/json-root.ts";
import { derive, type Format, isDerived } from "../content/stored-formats.ts";
import { getPart } from "../content/stored-parts.ts";
import type { BatchRow } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { type FinishedStatus, type ItemRow, listFinishedItems } from "../db/items.ts";
import type { Env } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

export interface Export {
  accountId: string;
  batchId: string;
  formats: Format[];
  status: FinishedStatus | undefined;
  /** Starts after the item with this `seq`. */
  after: number;
  /** Ends with the item with this one. */
  last: number;
  /** Gets what has to end even if the client hangs up. */
  waitUntil(work: Promise<unknown>): void;
}

/** A row has at most 40 KB: its URLs, its `custom_id` and its metadata. */
const ROWS_PER_READ = 100;
/** How many lines are read ahead. One call each, and one to D1, are the six that an invocation can make at once. */
const READ_AHEAD = 4;
/** A content larger than this, in bytes, is not read ahead but streamed. */
const SMALL = 128 * 1024;

/** A line's text, in parts. A large content is a part of its own. */
type Line = (string | LargeContent)[];

interface LargeContent {
  key: string;
  format: Format;
}

/**
 * Yields the lines as UTF-8, in pieces. The same export always gives the same bytes.
 *
 * @throws what D1 and R2 throw; TimeLimitError if there is no room in memory for 20 s
 */
export async function* exportLines(env: Env, wanted: Export): AsyncGenerator<Uint8Array> {
  const { accountId, batchId, after } = wanted;
  const encoder = new TextEncoder();
  const startedAt = Date.now();
  const done = { items: 0, bytes: 0, cursor: after };
  let error: string | undefined;
  try {
    for await (const { seq, line } of readAhead(rowsOf(env, wanted), (row) => lineOf(env, wanted, row))) {
      for (const part of line) {
        const texts = typeof part === "string" ? [part] : streamed(env.CONTENT, part);
        for await (const text of texts) {
          const bytes = encoder.encode(text);
          done.bytes += bytes.length;
          yield bytes;
        }
      }
      done.items += 1;
      done.cursor = seq;
    }
  } catch (thrown) {
    error = messageOf(thrown);
    throw thrown;
  } finally {
    log(error === undefined ? "info" : "error", "export.ended", {
      batch_id: batchId,
      account_id: accountId,
      ...done,
      cut_short: done.cursor !== wanted.last,
      error,
      ms: Date.now() - startedAt,
    });
  }
}

interface Row {
  batch: BatchRow;
  item: ItemRow;
  seq: number;
}

async function* rowsOf(env: Env, { accountId, batchId, status, after, last }: Export): AsyncGenerator<Row> {
  let seq = after;
  while (seq < last) {
    const query = { status, after: seq, limit: ROWS_PER_READ };
    const page = await listFinishedItems(database(env.DB), accountId, batchId, query);
    if (!page || page.items.length === 0) return;
    for (const item of page.items) {
      seq = item.seq ?? last;
      if (seq > last) return;
      yield { batch: page.batch, item, seq };
    }
  }
}

/** Loads from each value, a few values ahead of the one that is used, and yields in order. */
async function* readAhead<T, R>(values: AsyncIterable<T>, load: (value: T) => Promise<R>): AsyncGenerator<R> {
  const loading: Promise<R>[] = [];
  for await (const value of values) {
    loading.push(load(value));
    if (loading.length > READ_AHEAD) yield (await loading.shift()) as R;
  }
  for (const loaded of loading) yield await loaded;
}

function lineOf(env: Env, wanted: Export, row: Row): Promise<{ seq: number; line: Line }> {
  const loading = loadLine(env, wanted, row);
  // If the client hangs up, what was begun still ends, and with it the memory reserved for it.
  wanted.waitUntil(loading.catch(() => {}));
  return loading;
}

async function loadLine(env: Env, { formats }: Export, { batch, item, seq }: Row) {
  const { contentKey } = item;
  const isKept = contentKey !== null && batch.contentRemovedAt === null;
  const links = batch.linksOnPage && isKept ? (await linksOf(env.CONTENT, item)).links : undefined;
  const contents = isKept ? await contentsOf(env.CONTENT, contentKey, formats) : undefined;
  const line: Line = [];
  let text = JSON.stringify({ ...itemObject(batch, item, links), cursor: seq }).slice(0, -1);
  for (const format of formats) {
    text += `,"${format}_content":`;
    const content = contents?.get(format) ?? "null";
    if (typeof content === "string") text += content;
    else {
      line.push(text, content);
      text = "";
    }
  }
  line.push(`${text}}\n`);
  return { seq, line };
}

/** Each small content as a JSON string. */
async function contentsOf(
  bucket: R2Bucket,
  key: string,
  formats: Format[],
): Promise<Map<Format, string | LargeContent>> {
  const contents = new Map<Format, string | LargeContent>();
  const read = async (format: Format) => {
    const object = await getPart(bucket, key, format);
    if (!object) return false;
    if (object.size > SMALL) {
      // It may be a long time before the client has read what comes before it.
      await object.body.cancel();
      contents.set(format, { key, format });
      return true;
    }
    const text = await object.text();
    contents.set(format, JSON.stringify(format === "json" ? withObjectRoot(text) : text));
    return true;
  };
  const missing: Format[] = [];
  for (const format of formats) if (!(await read(format))) missing.push(format);
  const toDerive = missing.filter(isDerived);
  if (toDerive.length === 0) return contents;
  for (const format of (await derive(bucket, key, toDerive)).keys()) await read(format);
  return contents;
}

/** A content as a JSON string, in pieces. */
async function* streamed(bucket: R2Bucket, { key, format }: LargeContent): AsyncGenerator<string> {
  const object = await getPart(bucket, key, format);
  if (!object) {
    // It was removed a moment ago, with the whole batch's content.
    yield "null";
    return;
  }
  let after: string | undefined;
  yield '"';
  // The decoder never splits a character.
  for await (const text of object.body.pipeThrough(new TextDecoderStream())) {
    if (format === "json" && after === undefined) {
      const [before, rest] = rootAround(text);
      yield escaped(before);
      after = rest;
    }
    yield escaped(text);
  }
  yield `${escaped(after ?? "")}"`;
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
