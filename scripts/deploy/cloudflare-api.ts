/** A client for the few calls to Cloudflare's REST API that wrangler has no command for. */
import { setTimeout as delay } from "node:timers/promises";

const defaultBaseUrl = "https://api.cloudflare.com/client/v4";
const callLimitMs = 60_000;
/** Of one call, when it is refused for being one too many or, if it only reads, when it fails. */
const attempts = 4;
const longestWaitMs = 5 * 60_000;
const pageSize = 100;

interface Envelope<T> {
  success: boolean;
  errors?: { code: number; message: string }[];
  result: T;
  result_info?: { total_count?: number };
}

/** Cloudflare refused a call, did not answer in time, or could not be reached. */
export class CloudflareError extends Error {
  /** HTTP status, or 0 if there was no answer. */
  readonly status: number;
  /** Cloudflare's own codes, such as 10007. */
  readonly codes: number[];

  constructor(call: string, status: number, codes: number[], reason: string) {
    super(`${call}: ${reason}${codes.length > 0 ? ` [code: ${codes.join(", ")}]` : ""}`);
    this.status = status;
    this.codes = codes;
  }

  /** The token is invalid, or lacks a permission. */
  get isDenied(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

export interface CloudflareOptions {
  token: string;
  /** Defaults to `CLOUDFLARE_API_BASE_URL`, as in wrangler, or else to Cloudflare's own. */
  baseUrl?: string;
  /** Time limit for one call, in ms. Defaults to 60,000. */
  limitMs?: number;
  /** Gets a line whenever Cloudflare asks to wait. */
  say?: (line: string) => void;
}

type Query = Record<string, string | number>;
type Headers = Record<string, string>;

/** Methods reject with a `CloudflareError`. Paths begin with a slash, such as `/accounts/ID/queues`. */
export class Cloudflare {
  readonly #options: Required<CloudflareOptions>;

  constructor(options: CloudflareOptions) {
    this.#options = {
      baseUrl: process.env.CLOUDFLARE_API_BASE_URL ?? defaultBaseUrl,
      limitMs: callLimitMs,
      say: () => {},
      ...options,
    };
  }

  async get<T>(path: string, query: Query = {}, headers: Headers = {}): Promise<T> {
    return (await this.#call<T>("GET", path, { query, headers })).result;
  }

  /** Like `get`, but undefined if Cloudflare answers with one of these codes: for what may not exist. */
  async find<T>(path: string, absent: number[], headers: Headers = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(path, {}, headers);
    } catch (error) {
      if (error instanceof CloudflareError && error.codes.some((code) => absent.includes(code)))
        return undefined;
      throw error;
    }
  }

  /** All pages of a list. */
  async list<T>(path: string, query: Query = {}): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page++) {
      const { result, result_info } = await this.#call<T[]>("GET", path, {
        query: { ...query, page, per_page: pageSize },
      });
      all.push(...result);
      if (page * pageSize >= (result_info?.total_count ?? 0)) return all;
    }
  }

  async post<T>(path: string, body: unknown, headers: Headers = {}): Promise<T> {
    return (await this.#call<T>("POST", path, { body, headers })).result;
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this.#call<T>("PUT", path, { body })).result;
  }

  async delete(path: string, headers: Headers = {}): Promise<void> {
    await this.#call("DELETE", path, { headers });
  }

  /** Runs one SQL statement on a D1 database. Returns each row as an array. Only reads are tried again. */
  async sql(
    accountId: string,
    databaseId: string,
    sql: string,
    params: unknown[] = [],
  ): Promise<unknown[][]> {
    const path = `/accounts/${accountId}/d1/database/${databaseId}/raw`;
    const isRead = /^\s*(select|pragma)\b/i.test(sql);
    const { result } = await this.#call<{ results: { rows: unknown[][] } }[]>("POST", path, {
      body: { sql, params },
      isRead,
    });
    return result[0]?.results.rows ?? [];
  }

  /**
   * Makes a call. One that was refused with 429 is tried again when `Retry-After` says so, and one that only reads also after
   * a failure of the network or of Cloudflare: a write may have been done although its answer was lost.
   */
  async #call<T>(
    method: string,
    path: string,
    {
      query = {},
      headers = {},
      body,
      isRead = method === "GET",
    }: { query?: Query; headers?: Headers; body?: unknown; isRead?: boolean } = {},
  ): Promise<Envelope<T>> {
    const url = new URL(this.#options.baseUrl + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt<T>(method, url, headers, body);
      if (!(answer instanceof Refusal)) return answer;
      const { error, retryAfterMs } = answer;
      const isWorthAnother = error.status === 429 || (isRead && (error.status === 0 || error.status >= 500));
      if (!isWorthAnother || attempt === attempts) throw error;
      const waitMs = Math.min(retryAfterMs ?? 2 ** attempt * 250, longestWaitMs);
      if (error.status === 429) {
        this.#options.say(`Cloudflare asks to wait ${Math.ceil(waitMs / 1000)} s (too many calls).`);
      }
      await delay(waitMs);
    }
  }

  async #attempt<T>(
    method: string,
    url: URL,
    headers: Headers,
    body: unknown,
  ): Promise<Envelope<T> | Refusal> {
    const { token, limitMs, baseUrl } = this.#options;
    const call = `${method} ${url.href.slice(baseUrl.length).split("?")[0]}`;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...headers,
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(limitMs),
      });
      const text = await response.text();
      const envelope = envelopeIn<T>(text);
      if (response.ok && envelope?.success) return envelope;
      const errors = envelope?.errors ?? [];
      const reason = errors.map(({ message }) => message).join("; ") || `answered ${response.status}`;
      const codes = errors.map(({ code }) => code);
      return new Refusal(
        new CloudflareError(call, response.status, codes, reason),
        retryAfter(response.headers.get("Retry-After")),
      );
    } catch (error) {
      return new Refusal(new CloudflareError(call, 0, [], reasonOf(error, limitMs)), undefined);
    }
  }
}

/** An attempt that failed. */
class Refusal {
  readonly error: CloudflareError;
  readonly retryAfterMs: number | undefined;

  constructor(error: CloudflareError, retryAfterMs: number | undefined) {
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

function envelopeIn<T>(text: string): Envelope<T> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // An error page of a proxy.
  }
}

/** In ms. The header is a number of seconds or a date: RFC 9110, section 10.2.3. */
function retryAfter(header: string | null): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function reasonOf(thrown: unknown, limitMs: number): string {
  const error = thrown as Error;
  if (error.name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return `could not be reached (${cause})`;
}
