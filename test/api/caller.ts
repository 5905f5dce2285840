/** Accounts with keys, and calls to the API with them. Every response is checked against the OpenAPI document. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { issueKey } from "../../src/account/issue-key.ts";
import type { ProblemObject } from "../../src/api/problem.ts";
import type { BatchObject } from "../../src/batch/batch-object.ts";
import { type Account, updateAccount } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import worker from "../../src/index.ts";
import type { Env } from "../../src/settings.ts";
import { assertConforms } from "./openapi-conformance.ts";

export const origin = "https://trawl.test";

export interface Caller {
  account: Account;
  key: string;
  call: Call;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body, if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests assert the shape of each body themselves
  body: any;
}

export interface CallOptions {
  /** An object is sent as JSON, anything else unchanged. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Overrides of the tests' settings and bindings. */
  env?: Partial<Env> & Record<string, unknown>;
}

type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

let accounts = 0;

/** Creates an account with a key, on the given terms. */
export async function newCaller(terms: Partial<Account> = {}): Promise<Caller> {
  accounts += 1;
  const db = database(env.DB);
  const { key, account } = await issueKey(db, `account ${accounts} ${crypto.randomUUID()}`);
  const changed = Object.keys(terms).length > 0 ? await updateAccount(db, account.id, terms) : account;
  return { account: changed ?? account, key, call: callWith({ Authorization: `Bearer ${key}` }) };
}

/** Returns a function that calls the API with these headers in every request. */
export function callWith(always: Record<string, string>): Call {
  return async (method, path, { body, headers, env: overrides } = {}) => {
    const isJson =
      typeof body === "object" && body !== null && Object.getPrototypeOf(body) === Object.prototype;
    const request = new Request<unknown, IncomingRequestCfProperties>(new URL(path, origin), {
      method,
      body: isJson ? JSON.stringify(body) : (body as BodyInit | undefined),
      headers: { ...(isJson ? { "Content-Type": "application/json" } : {}), ...always, ...headers },
      redirect: "manual",
    });
    const ctx = createExecutionContext();
    const answer = await worker.fetch(request, { ...env, ...overrides }, ctx);
    const text = await answer.text();
    await waitOnExecutionContext(ctx);
    if (method !== "HEAD") assertConforms(method, new URL(request.url).pathname, answer, text);
    const isJsonAnswer = /\bjson/.test(answer.headers.get("Content-Type") ?? "");
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJsonAnswer && text !== "" ? JSON.parse(text) : undefined,
    };
  };
}

/** Calls the API without a key. */
export const anonymous = callWith({});

/** Creates a batch. @throws Error if it is refused */
export async function newBatch({ call }: Caller, body: unknown = { items: items(1) }): Promise<BatchObject> {
  const { status, text } = await call("POST", "/v1/batches", { body });
  if (status !== 200) throw new Error(text);
  return JSON.parse(text) as BatchObject;
}

/** Valid items. */
export function items(count: number): { custom_id: string; url: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    custom_id: `item-${i}`,
    url: `https://example.com/${i}`,
  }));
}

export type { ProblemObject };
