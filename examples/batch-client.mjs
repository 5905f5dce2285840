/**
 * Creates a batch, waits for it, and prints each page as Markdown. Needs Node 18 or newer, and no packages.
 *
 *     TRAWL_KEY=trawl_… node batch-client.mjs [--webhook URL] URL…
 *
 * `TRAWL` is the deployment, http://127.0.0.1:8787 if it is not set. Exits with 1 if the API refuses a request, or if a
 * page fails.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

const origin = process.env.TRAWL ?? "http://127.0.0.1:8787";
const key = process.env.TRAWL_KEY;
/** Tries of one request that gets no answer, or a 429 or 5xx. */
const TRIES = 5;

const { values, positionals: urls } = parseArgs({
  allowPositionals: true,
  options: { webhook: { type: "string" } },
});
if (!key || urls.length === 0) {
  console.error("Usage: TRAWL_KEY=trawl_… node batch-client.mjs [--webhook URL] URL…");
  process.exit(2);
}

/** Calls the API, and tries again while that may help. Throws what the API says is wrong. */
async function call(method, path, { body, headers = {} } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(origin + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
      body: body && JSON.stringify(body),
    }).catch((error) => error);
    if (response.ok) return response.json();

    const isTransient = response instanceof Error || response.status === 429 || response.status >= 500;
    if (isTransient && attempt < TRIES) {
      const retryAfter = response instanceof Error ? null : response.headers.get("Retry-After");
      await delay(retryAfter ? Number(retryAfter) * 1000 : 500 * 2 ** attempt);
      continue;
    }
    if (response instanceof Error) throw response;
    // Every error is a problem (RFC 9457): `detail` explains it.
    const problem = await response.json().catch(() => ({}));
    throw new Error(`${method} ${path}: ${response.status} ${problem.detail ?? ""}`);
  }
}

async function createBatch() {
  const items = urls.map((url, index) => ({ custom_id: `page-${index + 1}`, url }));
  return call("POST", "/v1/batches", {
    body: { items, webhook: values.webhook },
    // Makes it safe to send the request again: a repeat gets the first response, and no second batch is created.
    headers: { "Idempotency-Key": randomUUID() },
  });
}

async function untilCompleted(id) {
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 1.5, 5000)) {
    const batch = await call("GET", `/v1/batches/${id}`);
    if (batch.status === "completed") return batch;
    await delay(pauseMs);
  }
}

/** All items, in the order in which they finished. */
async function* itemsOf(id) {
  let cursor = 0;
  do {
    const page = await call("GET", `/v1/batches/${id}/items?limit=1000&cursor=${cursor}`);
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

try {
  const { id } = await createBatch();
  console.error(`Created ${id}. Pages to render: ${urls.length}.`);
  const { completed_urls, failed_urls } = await untilCompleted(id);
  console.error(`${completed_urls} completed, ${failed_urls} failed.`);
  for await (const item of itemsOf(id)) {
    if (item.status === "failed") {
      console.error(`${item.url}: ${item.error.code}: ${item.error.message}`);
      continue;
    }
    const { markdown_content } = await call(
      "GET",
      `/v1/retrieve?retrieve_id=${item.retrieve_id}&formats=markdown`,
    );
    // Null if the page is too large for Markdown.
    console.log(markdown_content ?? `(${item.url} has no Markdown.)`);
  }
  process.exitCode = failed_urls > 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
