/**
 * A strict fake of the part of Cloudflare's API that deploying uses, over HTTP.
 *
 * What exists is kept in memory, databases in SQLite. Bindings have to name what exists; a path that is not listed is answered
 * 404 and recorded as unknown. Each call is logged, and any write can be told to fail, to hang, or to lose its answer.
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { type Account, type AccountOptions, newAccount } from "./account.ts";
import { accountRoutes } from "./account-routes.ts";
import { ApiError } from "./api-error.ts";
import { dataRoutes } from "./data-routes.ts";
import { queueRoutes } from "./queue-routes.ts";
import { Listed, matcher } from "./routing.ts";
import { scriptRoutes } from "./script-routes.ts";
import { isReadOnly } from "./sql.ts";
import { Tails } from "./tails.ts";
import { readForm } from "./upload.ts";

export type { Account };

export interface LoggedCall {
  method: string;
  /** Without `/client/v4`. */
  path: string;
  isWrite: boolean;
  /** Of the call's answer. Undefined while it hangs or when it was lost. */
  status: number | undefined;
}

/** What goes wrong with a write. A lost answer's write is done. */
export type Fault = "fails" | "hangs" | "loses its answer";

export interface Token {
  accounts: Account[];
  /** Account tokens cannot ask for their user. */
  kind: "user" | "account" | "oauth";
}

const match = matcher({ ...accountRoutes, ...dataRoutes, ...queueRoutes, ...scriptRoutes });
const apiPath = "/client/v4";

export class Cloudflare {
  readonly accounts: Account[] = [];
  readonly tokens = new Map<string, Token>();
  readonly calls: LoggedCall[] = [];
  readonly tails = new Tails();
  /** Decides about each write, numbered from 1. Called before the write is done. */
  faultOf: (write: number, call: LoggedCall) => Fault | undefined = () => undefined;
  /** Answers in place of the handlers, if it returns an error: for plan errors and limits of rate. */
  refuse: (call: LoggedCall) => ApiError | undefined = () => undefined;
  readonly #server: Server;
  #writes = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
    this.#server.on("upgrade", (request, socket) => this.tails.accept(request, socket));
  }

  static async start(port = 0): Promise<Cloudflare> {
    const fake = new Cloudflare();
    fake.#server.listen(port, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** For `CLOUDFLARE_API_BASE_URL`. */
  get baseUrl(): string {
    return this.origin + apiPath;
  }

  /** Where a Worker is reached: a stand-in for its workers.dev address. */
  workerUrl(account: Account, name: string): string {
    return `${this.origin}/workers/${account.id}/${name}`;
  }

  addAccount(options: AccountOptions = {}): Account {
    const account = newAccount(options);
    this.accounts.push(account);
    return account;
  }

  addToken(text: string, accounts: Account[], kind: Token["kind"] = "user"): string {
    this.tokens.set(text, { accounts, kind });
    return text;
  }

  isSubdomainTaken(subdomain: string): boolean {
    return this.accounts.some((account) => account.subdomain === subdomain);
  }

  get writes(): LoggedCall[] {
    return this.calls.filter(({ isWrite }) => isWrite);
  }

  /** Calls to paths that the fake does not know. */
  get unknown(): LoggedCall[] {
    return this.calls.filter(({ status }) => status === 501);
  }

  /** Forgets the log and the faults, and numbers writes from 1 again. */
  forget(): void {
    this.calls.length = 0;
    this.#writes = 0;
    this.faultOf = () => undefined;
    this.refuse = () => undefined;
  }

  async stop(): Promise<void> {
    this.tails.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.origin);
    if (url.pathname.startsWith("/workers/")) {
      const isUp = this.#isDeployed(url.pathname);
      response.writeHead(isUp ? 200 : 404, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ status: isUp ? "up" : "missing" }));
      return;
    }
    const path = url.pathname.slice(apiPath.length);
    const body = await bodyOf(request);
    const method = request.method ?? "GET";
    const call: LoggedCall = { method, path, isWrite: isWrite(method, path, body), status: undefined };
    this.calls.push(call);
    const fault = call.isWrite ? this.faultOf(++this.#writes, call) : undefined;
    if (fault === "hangs") return;
    const [status, answer] =
      fault === "fails"
        ? [500, failure(new ApiError(500, 10000, "Internal error"))]
        : this.#handle(call, request.headers, url.searchParams, body);
    if (fault === "loses its answer") {
      response.destroy();
      return;
    }
    call.status = status;
    response.writeHead(status, {
      "Content-Type": "application/json",
      ...(status === 429 ? { "Retry-After": "1" } : {}),
    });
    response.end(JSON.stringify(answer));
  }

  #handle(
    call: LoggedCall,
    headers: IncomingHttpHeaders,
    query: URLSearchParams,
    body: unknown,
  ): [status: number, answer: unknown] {
    try {
      const refusal = this.refuse(call);
      if (refusal) throw refusal;
      const token = this.tokens.get(headers.authorization?.replace("Bearer ", "") ?? "");
      if (!token) throw new ApiError(403, 10000, "Authentication error");
      const found = match(call.method, call.path);
      if (!found) throw new ApiError(501, 7003, `Unknown to the fake: ${call.method} ${call.path}`);
      const { handler, params } = found;
      if (token.kind === "account" && /^\/(user|memberships)/.test(call.path)) {
        throw new ApiError(403, 9109, "Unauthorized to access requested resource");
      }
      const account = token.accounts.find(({ id }) => id === params.account);
      if (params.account && !account) throw new ApiError(403, 10000, "Authentication error");
      const { accounts } = token;
      const result = handler({
        fake: this,
        account: account as Account,
        params,
        query,
        headers,
        accounts,
        body,
      });
      return [200, success(result, query)];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return [error.status, failure(error)];
    }
  }

  #isDeployed(path: string): boolean {
    const [, , accountId, name = ""] = path.split("/");
    const account = this.accounts.find(({ id }) => id === accountId);
    return (account?.scripts.get(name)?.deployments.length ?? 0) > 0;
  }
}

function isWrite(method: string, path: string, body: unknown): boolean {
  if (method === "GET") return false;
  return !(
    /\/d1\/database\/[^/]+\/(query|raw)$/.test(path) && isReadOnly(String((body as { sql: string }).sql))
  );
}

function success(result: unknown, query: URLSearchParams) {
  const envelope = { success: true, errors: [], messages: [] };
  if (!(result instanceof Listed)) return { ...envelope, result };
  const page = Number(query.get("page") ?? 1);
  const perPage = Number(query.get("per_page") ?? 20);
  const total = result.items.length;
  return {
    ...envelope,
    result: result.items.slice((page - 1) * perPage, page * perPage),
    result_info: { page, per_page: perPage, total_count: total, total_pages: Math.ceil(total / perPage) },
  };
}

function failure({ code, message }: ApiError) {
  return { success: false, errors: [{ code, message }], messages: [], result: null };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return undefined;
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/form-data")) {
    return readForm(await new Response(bytes, { headers: { "Content-Type": type } }).formData());
  }
  return JSON.parse(bytes.toString("utf8"));
}
