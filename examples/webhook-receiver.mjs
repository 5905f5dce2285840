/**
 * Receives Trawl's webhooks, verifies their signatures, and handles each event once. Needs Node 18 or newer, and no
 * packages.
 *
 *     TRAWL_WEBHOOK_SECRET=whsec_… node webhook-receiver.mjs [--port 8790]
 *
 * `npm run keys -- webhook-secret show --name NAME` prints an account's secret.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

/** How far a signature's time may be from ours, in seconds: the tolerance that Standard Webhooks recommends. */
const TOLERANCE_S = 5 * 60;
/** Trawl's events are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;

const { values } = parseArgs({ options: { port: { type: "string", default: "8790" } } });
const secret = process.env.TRAWL_WEBHOOK_SECRET ?? "";
if (!secret.startsWith("whsec_")) {
  console.error("Set TRAWL_WEBHOOK_SECRET to the account's secret: whsec_…");
  process.exit(2);
}

/** Ids of the events handled so far. Keep yours in a database, so that a restart does not forget them. */
const handled = new Set();

/** Replace this with your own work. Trawl waits 30 seconds for the response, so do slow work afterwards. */
function handle(event) {
  const { id, items_completed, items_failed } = event.data;
  console.log(`${event.object}: ${id}, ${items_completed} completed, ${items_failed} failed`);
}

const server = createServer(async (request, response) => {
  const answer = (status, text) => response.writeHead(status).end(`${text}\n`);
  if (request.method !== "POST") return answer(405, "Send a POST request.");
  try {
    const body = await readBody(request);
    if (body === null) return answer(413, "The body is too large.");
    if (!isSignedBy(secret, request.headers, body)) {
      console.log("Refused a request whose signature is missing, wrong or too old.");
      return answer(401, "The signature is missing, wrong or too old.");
    }
    const event = JSON.parse(body);
    // The same event can arrive twice. A 2xx tells Trawl that it need not be sent again.
    if (handled.has(event.id)) return answer(200, "Already handled.");
    handle(event);
    handled.add(event.id);
    return answer(200, "Handled.");
  } catch (error) {
    // Trawl tries again later.
    console.error(error);
    return answer(500, "The event could not be handled.");
  }
});

/** The body exactly as it was sent, which is what the signature covers; null if it is too large. */
async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Whether one of the request's signatures is right and recent, by the Standard Webhooks specification: the base64
 * HMAC-SHA256 of `id.timestamp.body`. While a secret is being rotated, a request carries one signature for each.
 */
function isSignedBy(secret, headers, body) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !timestamp || !signatures) return false;
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= TOLERANCE_S)) return false;

  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.split(" ").some((signature) => {
    const [version, base64 = ""] = signature.split(",");
    const given = Buffer.from(base64, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`Listening at http://127.0.0.1:${server.address().port}/. Ctrl-C stops it.`);
});
