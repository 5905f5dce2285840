/** A minimal API client for the commands, the benchmarks and the end-to-end tests. */
import { setTimeout as delay } from "node:timers/promises";
import type * as z from "zod";
import type { exportLineSchema } from "../../src/api/export.ts";
import type { itemListSchema } from "../../src/api/items.ts";
import type { ProblemObject } from "../../src/api/problem.ts";
import type { retrievedSchema } from "../../src/api/retrieve.ts";
import type { BatchObject } from "../../src/batch/batch-object.ts";
import type { itemSchema } from "../../src/batch/item-object.ts";
import { jsonLines } from "../../src/text/json-lines.ts";

export type { BatchObject };
export type Item = z.output<typeof itemSchema>;
export type Exported = z.output<typeof exportLineSchema>;
export type Retrieved = z.output<typeof retrievedSchema>;
type ItemList = z.output<typeof itemListSchema>;

export interface NewBatch {
  items: { custom_id: string; url: string; metadata?: Record<string, string> }[];
  webhook?: string;
  metadata?: Record<string, string>;
  parser?: { id: string };
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

/** Whether the same request may succeed later: there was no answer, or the API asked to try again. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  // `fetch` and the bodies of its responses throw a TypeError when the connection fails.
  return error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError");
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

  /** @param idempotencyKey makes it safe to send the request again */
  createBatch(batch: NewBatch, idempotencyKey?: string): Promise<BatchObject> {
    const headers: Record<string, string> =
      idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey };
    return this.#call("POST", "/v1/batches", batch, headers);
  }

  /** The account's newest batches. */
  recent(): Promise<{ data: BatchObject[] }> {
    return this.#call("GET", "/v1/batches/recent");
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

  /**
   * The items that have finished so far and come after the line with the given cursor, with their contents.
   *
   * @throws also what `fetch` throws when the connection is lost, and the signal's reason
   */
  async *exported(
    id: string,
    { formats, cursor, signal }: { formats: string[]; cursor: number; signal: AbortSignal },
  ): AsyncGenerator<Exported> {
    const query = `formats=${formats.join(",")}&cursor=${cursor}`;
    let next: string | undefined = `${this.origin}/v1/batches/${id}/export?${query}`;
    while (next !== undefined) {
      const headers = { Authorization: `Bearer ${this.key}` };
      const response: Response = await fetch(next, { headers, signal });
      if (!response.ok || !response.body) throw await apiErrorOf("GET /export", response);
      yield* jsonLines<Exported>(response.body);
      next = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
    }
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

  async #call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await fetch(this.origin + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.key}`,
        "Content-Type": "application/json",
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(requestLimitMs),
    });
    if (!response.ok) throw await apiErrorOf(`${method} ${path.split("?")[0]}`, response);
    return (await response.json()) as T;
  }
}

async function apiErrorOf(request: string, response: Response): Promise<ApiError> {
  return new ApiError(request, response.status, problemIn(await response.text()));
}

function problemIn(text: string): ProblemObject | undefined {
  try {
    return JSON.parse(text) as ProblemObject;
  } catch {
    return undefined; // Not from Trawl: wrangler responds when the Worker has crashed.
  }
}
