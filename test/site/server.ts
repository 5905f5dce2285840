/**
 * The test site: an HTTP server for the pages in pages.ts.
 *
 * `node scripts/setup/index.mjs test/site/server.ts [--port N]` runs it on its own and prints its origin.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { type Listening, listening } from "./listening.ts";
import type { Answer, Respond, Visit } from "./page.ts";
import { allPages, routes } from "./pages.ts";

/** A request that the site received. */
export interface RecordedRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage["headers"];
  /** Epoch ms. */
  at: number;
}

export interface Site extends Listening {
  /** The last 10,000 requests, oldest first. */
  requests: ReadonlyArray<RecordedRequest>;
  /** Clears the requests and the pages' counters. */
  reset(): void;
}

/** Limit for requests and counters, so that a site can run for days. */
const keptRequests = 10_000;

/** Starts the site. Port 0 means any free port. Rejects if the address is not available. */
export async function startSite({ host = "127.0.0.1", port = 0 } = {}): Promise<Site> {
  const requests: RecordedRequest[] = [];
  const counts = new Map<string, number>();
  const count = (key: string) => {
    const counted = (counts.get(key) ?? 0) + 1;
    counts.set(key, counted);
    const oldest = counts.keys().next();
    if (counts.size > keptRequests && !oldest.done) counts.delete(oldest.value);
    return counted;
  };

  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      at: Date.now(),
    });
    if (requests.length > keptRequests) requests.shift();
    serve(request, response, count);
  });

  const address = await listening(server, host, port);
  return {
    ...address,
    requests,
    reset() {
      requests.length = 0;
      counts.clear();
    },
  };
}

/** Responders by path, and by pattern if they have one. */
const exact = new Map<string, Respond>();
const patterns = new Map<string, { pattern: URLPattern; respond: Respond }>();
for (const { pattern, respond, ...entry } of [...allPages, ...routes]) {
  const pathname = pattern ?? ("path" in entry ? new URL(entry.path, "http://site").pathname : "");
  if (/[:*]/.test(pathname)) patterns.set(pathname, { pattern: new URLPattern({ pathname }), respond });
  else exact.set(pathname, respond);
}

async function serve(request: IncomingMessage, response: ServerResponse, count: Visit["count"]) {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    const answer = await answerOf(request, response, gone.signal, count);
    if (answer && !response.destroyed) send(request, response, answer);
  } catch (thrown) {
    if (gone.signal.aborted) return;
    console.error(`${request.method} ${request.url}`, thrown);
    response.destroy();
  }
}

function answerOf(
  request: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
  count: Visit["count"],
) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, headers: { allow: "GET, HEAD" }, body: "<h1>Method not allowed</h1>" };
  }
  const target = `http://${request.headers.host ?? "site"}${request.url}`;
  const url = URL.parse(target);
  if (!url) return { status: 400, body: "<h1>Bad request</h1>" };
  const { respond, params } = match(url);
  return respond({ request, response, url, params, gone, count });
}

function match(url: URL): { respond: Respond; params: Record<string, string> } {
  const respond = exact.get(url.pathname);
  if (respond) return { respond, params: {} };
  for (const { pattern, respond } of patterns.values()) {
    const found = pattern.exec({ pathname: url.pathname });
    if (found) return { respond, params: definedOf(found.pathname.groups) };
  }
  return { respond: notFound, params: {} };
}

function definedOf(groups: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, value ?? ""]));
}

const notFound: Respond = () => ({
  status: 404,
  body: `<!doctype html><html lang="en"><title>Not found</title><h1>Not found</h1><p>There is no such page.</p></html>`,
});

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, headers = {}, body = "" }: Answer,
) {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const contentType = typeof body === "string" ? "text/html; charset=utf-8" : "application/octet-stream";
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": bytes.length,
    "cache-control": "no-cache",
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "0" }, host: { type: "string" } },
  });
  const site = await startSite({ port: Number(values.port), host: values.host });
  console.log(site.origin);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => site.close().then(() => process.exit(0)));
  }
}
