/** A minimal API client for the demo, the benchmarks and the end-to-end tests. */
import { setTimeout as delay } from "node:timers/promises";
import type * as z from "zod";
import type { itemSchema } from "../../src/api/item-object.ts";
import type { itemListSchema } from "../../src/api/items.ts";
import type { ProblemObject } from "../../src/api/problem.ts";
import type { retrievedSchema } from "../../src/api/retrieve.ts";
import type { BatchObject } from "../../src/batch/batch-object.ts";

export type { BatchObject };
export type Item = z.output<typeof itemSchema>;
export type Retrieved = z.output<typeof retrievedSchema>;
type ItemList = z.output<typeof itemListSchema>;

export interface NewBatch {
  items: { custom_id: string; url: string; metadata?: Record<string, string> }[];
  webhook?: string;
  metadata?: Record<string, string>;
}

/** The API responded with an error. */
export class ApiError extends Error {
  readonly status: number;
  /** Undefined if the body is not a problem object. */
  readonly problem: ProblemObject | undefined;

  constructor(request: string, status: number, problem: ProblemObject | undefined) {
    super(`${request}: ${status} ${problem?.detail ?? "(not a problem object)"}`);
    this.status = status;
    this.problem = problem;
  }
}

const requestLimitMs = 30_000;
const itemsPerRequest = 1000;

/** Methods reject with an `ApiError` if the API responds with an error. */
export class Client {
  /** Such as `http://127.0.0.1:8787`. */
  readonly origin: string;
  readonly key: string;

  constructor(origin: string, key: string) {
    this.origin = origin;
    this.key = key;
  }

  createBatch(batch: NewBatch): Promise<BatchObject> {
    return this.#call("POST", "/v1/batches", batch);
  }

  batch(id: string): Promise<BatchObject> {
    return this.#call("GET", `/v1/batches/${id}`);
  }

  cancel(id: string): Promise<BatchObject> {
    return this.#call("POST", `/v1/batches/${id}/cancel`);
  }

  /** All finished items. */
  async items(id: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const query = `limit=${itemsPerRequest}&cursor=${cursor}`;
      const page: ItemList = await this.#call("GET", `/v1/batches/${id}/items?${query}`);
      items.push(...page.items);
      cursor = page.cursor;
    }
    return items;
  }

  /** A page's content in these formats, or in all if none is given. */
  retrieve(retrieveId: string, formats: string[] = []): Promise<Retrieved> {
    const query = new URLSearchParams([
      ["retrieve_id", retrieveId],
      ...formats.map((format) => ["formats", format]),
    ]);
    return this.#call("GET", `/v1/retrieve?${query}`);
  }

  /**
   * Polls a batch until it has completed.
   *
   * @param options.onProgress is called with each state
   * @throws {Error} if the batch has not completed after `limitMs`
   */
  async untilCompleted(
    id: string,
    {
      limitMs,
      everyMs = 100,
      onProgress,
    }: { limitMs: number; everyMs?: number; onProgress?: (batch: BatchObject) => void },
  ): Promise<BatchObject> {
    const endsAt = Date.now() + limitMs;
    for (;;) {
      const batch = await this.batch(id);
      onProgress?.(batch);
      if (batch.status === "completed") return batch;
      if (Date.now() >= endsAt) {
        const done = batch.completed_urls + batch.failed_urls;
        throw new Error(
          `${id} did not complete within ${limitMs / 1000} s: ${done} of ${batch.total_urls} pages are done.`,
        );
      }
      await delay(everyMs);
    }
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.origin + path, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(requestLimitMs),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new ApiError(`${method} ${path.split("?")[0]}`, response.status, problemIn(text));
    }
    return JSON.parse(text) as T;
  }
}

function problemIn(text: string): ProblemObject | undefined {
  try {
    return JSON.parse(text) as ProblemObject;
  } catch {
    return undefined; // Not from Trawl: wrangler responds when the Worker has crashed.
  }
}
