/**
 * Accepting a batch: from a valid request to a durable batch that has started.
 *
 *     terms (parser, country, price) → one transaction (rows, credits, key) → tracker started → response
 *
 * A failure before the transaction leaves nothing behind. A failure after it never becomes an error: the client would
 * repeat the request and pay twice. If the tracker cannot be started, the sweep starts it (wake.ts).
 */
import { findParser, isParserGranted, type ParserChoice } from "../account/parser-terms.ts";
import { locations } from "../browsers/locations.ts";
import { type AcceptedBatch, type Quota, type WriteOutcome, writeAcceptedBatch } from "../db/acceptance.ts";
import type { Account } from "../db/accounts.ts";
import { type BatchRow, findBatch } from "../db/batches.ts";
import { type Database, database } from "../db/client.ts";
import { findKey, forgetKey, type IdempotencyRow, setLock } from "../db/idempotency.ts";
import { repeatable } from "../io/d1.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { newId } from "../text/id.ts";
import { log, messageOf } from "../text/log.ts";
import { batchObject } from "./batch-object.ts";
import type { BatchRequest } from "./request.ts";
import { batchTracker } from "./tracker.ts";

export type RefusalCode =
  | "access_denied"
  | "credits_exhausted"
  | "idempotency_key_in_progress"
  | "idempotency_key_reuse"
  | "parser_not_found"
  | "quota_exceeded";

/** `response` is the batch object, as JSON text. */
export type Acceptance =
  /** The batch is durable. */
  | { outcome: "accepted"; response: string }
  /** An earlier request with the same key and body got this response. */
  | { outcome: "replayed"; response: string }
  | { outcome: "refused"; code: RefusalCode; detail: string; retryAfterMs?: number };

export interface Idempotency {
  key: string;
  /** SHA-256 of the request's body, hex. */
  bodyHash: string;
}

export interface AcceptOptions {
  idempotency?: Idempotency | undefined;
  /** The batch whose failed items these are. */
  retryOf?: string;
}

/**
 * Accepts a batch for an account, or says why not. A refusal leaves nothing behind.
 *
 * @param env as openBindings() opened it
 * @throws what D1 throws if it fails repeatedly before the batch is written
 */
export async function accept(
  env: Env,
  account: Account,
  request: BatchRequest,
  { idempotency, retryOf }: AcceptOptions = {},
): Promise<Acceptance> {
  const now = Date.now();
  const earlier = idempotency && (await findUsedKey(env, account.id, idempotency.key));
  if (idempotency && earlier) return repeat(env, earlier, idempotency.bodyHash);

  const terms = await agreeTerms(database(env.DB), account, request);
  if ("refused" in terms) return terms.refused;

  const batch = newBatch(account, request, terms, { now, retryOf });
  const response = JSON.stringify(batchObject(batch));
  const lockedUntil = now + settings(env).IDEMPOTENCY_LOCK_MS;
  const key = idempotency && {
    accountId: account.id,
    ...idempotency,
    batchId: batch.id,
    createdAt: now,
    lockedUntil,
    response,
  };
  const items = request.items.map(({ custom_id, url, metadata }) => ({ customId: custom_id, url, metadata }));
  const price = items.length * terms.creditsPerPage;
  const quota = quotaIn(settings(env));
  const written = await write(env, { batch, items, price, quota, idempotency: key });

  if (written.outcome === "credits_exhausted") return creditsExhausted(price, written.left);
  if (written.outcome === "quota_exceeded") return quotaExceeded(items.length, written.has, quota);
  if (written.outcome === "key_taken") return repeat(env, written.by, key?.bodyHash ?? "");
  await start(env, batch, key);
  log("info", "batch.accepted", {
    batch_id: batch.id,
    account_id: account.id,
    items: items.length,
    retry_of: retryOf,
    country: batch.country,
    // The country that was picked for RANDOM.
    render_country: batch.renderCountry,
  });
  return { outcome: "accepted", response };
}

/** The key's row, unless it has expired. */
async function findUsedKey(env: Env, accountId: string, key: string): Promise<IdempotencyRow | null> {
  const row = await findKey(database(env.DB), accountId, key);
  if (!row || row.createdAt > Date.now() - settings(env).IDEMPOTENCY_TTL_MS) return row;
  await forgetKey(database(repeatable(env.DB)), row);
  return null;
}

/** Answers a request whose key was used before. */
async function repeat(env: Env, key: IdempotencyRow, bodyHash: string): Promise<Acceptance> {
  if (key.bodyHash !== bodyHash) {
    return {
      outcome: "refused",
      code: "idempotency_key_reuse",
      detail:
        "This Idempotency-Key was already used with a different request body. Use a new key for a new request.",
    };
  }
  if (key.lockedUntil === null) return { outcome: "replayed", response: key.response };

  const now = Date.now();
  const lockMs = settings(env).IDEMPOTENCY_LOCK_MS;
  const relocked = { ...key, lockedUntil: now + lockMs };
  const isExpired = key.lockedUntil <= now;
  if (!isExpired || !(await setLock(database(repeatable(env.DB)), key, relocked.lockedUntil))) {
    const runningMs = now - (key.lockedUntil - lockMs);
    return {
      outcome: "refused",
      code: "idempotency_key_in_progress",
      detail:
        "A request with this Idempotency-Key is still in progress. Retry in a moment to get its response.",
      // As long as it has been running so far. Most requests end at once, and clients of one that died do not retry every
      // second.
      retryAfterMs: Math.min(key.lockedUntil - now, runningMs),
    };
  }
  // The request that wrote the batch died before it could respond. This one responds in its place.
  await start(env, { id: key.batchId, accountId: key.accountId }, relocked);
  return { outcome: "accepted", response: key.response };
}

/** Writes the batch, or finds out that it was written although no response came back. */
async function write(env: Env, accepted: AcceptedBatch): Promise<WriteOutcome> {
  const { accountId, id } = accepted.batch;
  try {
    return await writeAcceptedBatch(repeatable(env.DB), accepted);
  } catch (thrown) {
    const found = await findBatch(database(env.DB), accountId, id).catch(() => null);
    if (!found) throw thrown;
    log("warn", "batch.write_unconfirmed", { batch_id: id, account_id: accountId, error: messageOf(thrown) });
    return { outcome: "written" };
  }
}

/**
 * Starts the tracker and unlocks the key. A failure is only logged, because the batch is durable: the sweep (wake.ts)
 * starts it within two minutes.
 */
async function start(
  env: Env,
  { id, accountId }: Pick<BatchRow, "id" | "accountId">,
  key: IdempotencyRow | undefined,
): Promise<void> {
  const ids = { batch_id: id, account_id: accountId };
  try {
    await batchTracker(env, id).start(id);
  } catch (thrown) {
    log("error", "batch.not_started", { ...ids, error: messageOf(thrown) });
  }
  try {
    if (key) await setLock(database(repeatable(env.DB)), key, null);
  } catch (thrown) {
    log("warn", "idempotency_key.not_released", { ...ids, error: messageOf(thrown) });
  }
}

interface Terms {
  parser: ParserChoice | null;
  renderCountry: string | null;
  creditsPerPage: number;
}

/** Checks that the account may have what it asked for, and at what price. */
async function agreeTerms(
  db: Database,
  account: Account,
  { items, parser, country }: BatchRequest,
): Promise<Terms | { refused: Acceptance & { outcome: "refused" } }> {
  const refuse = (code: RefusalCode, detail: string) => ({
    refused: { outcome: "refused" as const, code, detail },
  });

  const { maxBatchItems, grantedCountries } = account;
  if (maxBatchItems !== null && items.length > maxBatchItems) {
    const detail = `This account can have at most ${maxBatchItems} items per batch; got ${items.length}.`;
    return refuse("access_denied", detail);
  }

  const chosen = parser ? await findParser(db, account.id, parser.id, parser.version) : null;
  if (parser && !chosen) {
    const version = parser.version === undefined ? "" : ` in version ${parser.version}`;
    const name = `${JSON.stringify(parser.id)}${version}`;
    return refuse("parser_not_found", `No parser with this name and/or version found: ${name}.`);
  }
  if (chosen && !isParserGranted(chosen, account)) {
    return refuse("access_denied", `The parser ${JSON.stringify(chosen.id)} is not granted to this account.`);
  }

  const open = locations.filter((code) => !grantedCountries || grantedCountries.includes(code));
  if (country && country !== "RANDOM" && grantedCountries && !grantedCountries.includes(country)) {
    return refuse("access_denied", `The country ${country} is not granted to this account.`);
  }
  if (country === "RANDOM" && open.length === 0) {
    return refuse("access_denied", "No country that pages can be rendered from is granted to this account.");
  }
  return {
    parser: chosen,
    renderCountry:
      country === "RANDOM" ? (open[Math.floor(Math.random() * open.length)] ?? null) : (country ?? null),
    creditsPerPage: chosen?.creditsPerPage ?? 1,
  };
}

function newBatch(
  account: Account,
  request: BatchRequest,
  terms: Terms,
  { now, retryOf }: { now: number; retryOf: string | undefined },
): BatchRow {
  return {
    id: newId("batch"),
    accountId: account.id,
    status: "in_progress",
    createdAt: now,
    completedAt: null,
    cancelledAt: null,
    updatedAt: now,
    totalUrls: request.items.length,
    completedUrls: 0,
    failedUrls: 0,
    numberRetried: 0,
    country: request.country ?? null,
    renderCountry: terms.renderCountry,
    parserId: terms.parser?.id ?? null,
    parserVersion: terms.parser?.version ?? null,
    linksOnPage: request.links_on_page ?? null,
    metadata: request.metadata ?? {},
    webhook: request.webhook ?? null,
    webhookEvents: request.webhook_events ?? null,
    eventId: newId("event"),
    creditsPerPage: terms.creditsPerPage,
    rateUsd: account.rateUsd,
    creditsConsumed: null,
    contentRemovedAt: null,
    webhookEndedAt: null,
    retryOf: retryOf ?? null,
    failures: null,
  };
}

function creditsExhausted(price: number, left: number): Acceptance {
  return {
    outcome: "refused",
    code: "credits_exhausted",
    detail: `The batch can cost up to ${price} credits; the account has ${Math.max(0, left)} available.`,
  };
}

function quotaIn({ MAX_RUNNING_BATCHES, MAX_STORED_ITEMS }: Settings): Quota {
  return { runningBatches: MAX_RUNNING_BATCHES, storedItems: MAX_STORED_ITEMS };
}

function quotaExceeded(items: number, has: Quota, quota: Quota): Acceptance {
  const detail =
    has.runningBatches >= quota.runningBatches
      ? `This account can have at most ${quota.runningBatches} running batches, and has ${has.runningBatches}.`
      : `This account can store at most ${quota.storedItems} items, and has ${has.storedItems}; the batch has ${items}.`;
  return { outcome: "refused", code: "quota_exceeded", detail };
}
