/**
 * Follows a batch, and prints each item when it has finished. Needs Node 18 or newer, and no packages.
 *
 *     TRAWL_KEY=trawl_… node follow-batch.mjs BATCH_ID
 *
 * `TRAWL` is the deployment, http://127.0.0.1:8787 if it is not set. It may be started at any time: items that have
 * finished before come first. If the connection is lost, it goes on where it was. Exits with 1 if a page fails.
 */
import { setTimeout as delay } from "node:timers/promises";

const origin = process.env.TRAWL ?? "http://127.0.0.1:8787";
const key = process.env.TRAWL_KEY;
/** Connections in a row that may fail. */
const TRIES = 5;

const [id] = process.argv.slice(2);
if (!key || !id) {
  console.error("Usage: TRAWL_KEY=trawl_… node follow-batch.mjs BATCH_ID");
  process.exit(2);
}

/** The events of one connection: `{id, event, data}`. Throws when it is lost, or what the API says is wrong. */
async function* connect(lastEventId) {
  const response = await fetch(`${origin}/v1/batches/${id}/events`, {
    headers: { Authorization: `Bearer ${key}`, ...(lastEventId && { "Last-Event-ID": lastEventId }) },
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    const isFinal = response.status < 500 && response.status !== 429;
    throw Object.assign(new Error(problem.detail ?? `The API answered ${response.status}.`), { isFinal });
  }
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    // An empty line ends each event.
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const fields = Object.fromEntries(lines.map((line) => line.split(/: ?(.*)/s, 2)));
      if (fields.data) yield { ...fields, data: JSON.parse(fields.data) };
    }
  }
  throw new Error("The connection was closed.");
}

/** The events of the batch, each once, over as many connections as it takes. */
async function* follow() {
  let lastEventId;
  let failures = 0;
  for (;;) {
    try {
      for await (const event of connect(lastEventId)) {
        failures = 0;
        lastEventId = event.id ?? lastEventId;
        yield event;
        if (event.event === "done") return;
      }
    } catch (error) {
      failures += 1;
      if (error.isFinal || failures >= TRIES) throw error;
      await delay(500 * 2 ** failures);
    }
  }
}

try {
  for await (const { event, data } of follow()) {
    if (event === "item") {
      const how = data.status === "failed" ? `${data.error.code}: ${data.error.message}` : data.title;
      console.log(`${data.status}  ${data.url}  ${how ?? ""}`);
    } else if (event === "batch") {
      console.error(`${data.completed_urls + data.failed_urls} of ${data.total_urls} have finished.`);
    } else if (event === "done") {
      process.exitCode = data.failed_urls > 0 ? 1 : 0;
    }
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
