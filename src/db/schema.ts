/**
 * The tables of D1. Times are epoch milliseconds. JSON columns hold text that Drizzle parses.
 *
 * The API writes accounts, keys, parsers, accepted batches with their items, and metadata. Once a batch is accepted, only
 * its tracker writes its progress and its items' results: see batch-progress.ts.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { LinksOnPage, Metadata, WebhookEvents } from "./json-columns.ts";

export const accounts = sqliteTable("accounts", {
  /** `acct_…` */
  id: text().primaryKey(),
  name: text().notNull().unique(),
  createdAt: integer().notNull(),
  /** Credits the account may use in its lifetime; null for unlimited. Left are limit - used - reserved. */
  creditLimit: integer(),
  creditsUsed: integer().notNull().default(0),
  /** Reserved for running batches, and for pages that parsers are being tested on. */
  creditsReserved: integer().notNull().default(0),
  /** Items of all its batches that have not been removed. */
  storedItems: integer().notNull().default(0),
  /** Price of one credit, in US dollars. */
  rateUsd: real().notNull().default(0.001),
  /** Most items in a batch; null for the API's own limit. */
  maxBatchItems: integer(),
  /** Ids of the built-in parsers the account may use; null for all. */
  grantedParsers: text({ mode: "json" }).$type<string[]>(),
  /** Countries the account may render from, ISO 3166-1 alpha-2; null for all. */
  grantedCountries: text({ mode: "json" }).$type<string[]>(),
  /** `whsec_…`: signs the account's webhooks. Stored as plain text, because signing needs it. */
  webhookSecret: text().notNull(),
  /** The secret before the last rotation. It also signs until `webhookSecretPreviousUntil`. */
  webhookSecretPrevious: text(),
  webhookSecretPreviousUntil: integer(),
});

export const apiKeys = sqliteTable(
  "api_keys",
  {
    /** `key_…`: the id that `npm run keys` lists, and takes to revoke the key. */
    id: text().primaryKey(),
    accountId: text()
      .notNull()
      .references(() => accounts.id),
    /** SHA-256 of the whole key, hex. The key itself is not stored. */
    hash: text().notNull(),
    /** The key's first characters, so that people can tell keys apart. */
    prefix: text().notNull(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [uniqueIndex("api_keys_hash").on(table.hash), index("api_keys_account").on(table.accountId)],
);

/** Reservations of credits for pages that parsers are being tested on: see db/credit-holds.ts. */
export const creditHolds = sqliteTable("credit_holds", {
  id: text().primaryKey(),
  accountId: text()
    .notNull()
    .references(() => accounts.id),
  credits: integer().notNull(),
  createdAt: integer().notNull(),
});

export const batches = sqliteTable(
  "batches",
  {
    /** `batch_…` */
    id: text().primaryKey(),
    accountId: text()
      .notNull()
      .references(() => accounts.id),
    status: text({ enum: ["in_progress", "completed"] }).notNull(),
    createdAt: integer().notNull(),
    completedAt: integer(),
    cancelledAt: integer(),
    /** When the tracker last wrote, or was woken. Shows which batches have gone quiet. */
    updatedAt: integer().notNull(),
    totalUrls: integer().notNull(),
    completedUrls: integer().notNull().default(0),
    failedUrls: integer().notNull().default(0),
    numberRetried: integer().notNull().default(0),
    country: text(),
    /** The country to render from: `country`, or the one picked for RANDOM. */
    renderCountry: text(),
    parserId: text(),
    parserVersion: integer(),
    linksOnPage: text({ mode: "json" }).$type<LinksOnPage>(),
    metadata: text({ mode: "json" }).$type<Metadata>().notNull(),
    webhook: text(),
    /** What the webhook is told; null for the completion alone. */
    webhookEvents: text({ mode: "json" }).$type<WebhookEvents>(),
    /** `event_…`: the id of the webhook's event, the same in all attempts. */
    eventId: text().notNull(),
    /** Price of a page that succeeds: 1, or the parser's price when the batch was accepted. */
    creditsPerPage: integer().notNull(),
    /** The account's rate when the batch was accepted, in US dollars per credit. */
    rateUsd: real().notNull(),
    creditsConsumed: integer(),
    /** When the content was removed; null while it is kept. */
    contentRemovedAt: integer(),
    /** When the webhook was delivered or given up; null while it is to be delivered (again), and without a webhook. */
    webhookEndedAt: integer(),
    /** The batch whose failed items these are. */
    retryOf: text(),
    /** How many items failed, by code. Null until the batch has completed, and if none failed. */
    failures: text({ mode: "json" }).$type<Record<string, number>>(),
  },
  (table) => [
    index("batches_account_created").on(table.accountId, table.createdAt, table.id),
    index("batches_account_running").on(table.accountId).where(sql`status = 'in_progress'`),
    index("batches_in_progress").on(table.updatedAt).where(sql`status = 'in_progress'`),
    index("batches_content").on(table.completedAt).where(sql`content_removed_at IS NULL`),
    index("batches_emptied").on(table.completedAt).where(sql`content_removed_at IS NOT NULL`),
    index("batches_never_begun")
      .on(table.completedAt)
      .where(sql`cancelled_at IS NOT NULL AND completed_urls = 0`),
    index("batches_undelivered")
      .on(table.updatedAt)
      .where(sql`status = 'completed' AND webhook IS NOT NULL AND webhook_ended_at IS NULL`),
  ],
);

export const items = sqliteTable(
  "items",
  {
    batchId: text()
      .notNull()
      .references(() => batches.id),
    /** Position in the request, from 0. */
    idx: integer().notNull(),
    customId: text().notNull(),
    url: text().notNull(),
    metadata: text({ mode: "json" }).$type<Metadata>(),
    /** Position in the order in which the batch's items finished, from 1; null until then. The list's cursor. */
    seq: integer(),
    status: text({ enum: ["pending", "completed", "failed"] }).notNull(),
    attempts: integer().notNull().default(0),
    finishedAt: integer(),
    httpStatus: integer(),
    finalUrl: text(),
    title: text(),
    /** Codes: see protocol/warning-codes.ts. Null if there are none. */
    warnings: text({ mode: "json" }).$type<string[]>(),
    errorCode: text(),
    errorMessage: text(),
    /** Key of the content in R2: see content/stored-parts.ts. Null if the item failed. */
    contentKey: text(),
  },
  (table) => [
    primaryKey({ columns: [table.batchId, table.idx] }),
    uniqueIndex("items_finished").on(table.batchId, table.seq).where(sql`seq IS NOT NULL`),
  ],
);

export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    accountId: text()
      .notNull()
      .references(() => accounts.id),
    key: text().notNull(),
    /** SHA-256 of the request body, hex. */
    bodyHash: text().notNull(),
    /** The batch that was written in the same transaction. */
    batchId: text().notNull(),
    createdAt: integer().notNull(),
    /** Until when its request holds the key; null once the request was answered. */
    lockedUntil: integer(),
    /** Body of the first response, byte for byte. */
    response: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.key] }),
    index("idempotency_keys_created").on(table.createdAt),
  ],
);

/** Custom parsers, one row per version. Built-in parsers are code, in src/parsers/. */
export const parsers = sqliteTable(
  "parsers",
  {
    accountId: text()
      .notNull()
      .references(() => accounts.id),
    id: text().notNull(),
    /** From 1, increased with each change. */
    version: integer().notNull(),
    /** See parsers/definition.ts. */
    definition: text({ mode: "json" }).notNull(),
    createdAt: integer().notNull(),
    /** A deleted parser is kept for the batches that were accepted with it. */
    deletedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id, table.version] }),
    // Covers the queries that read many parsers: the rows themselves can hold 100,000 characters of definition each.
    index("parsers_account_changed").on(
      table.accountId,
      table.deletedAt,
      table.createdAt,
      table.id,
      table.version,
      sql`length(definition)`,
    ),
  ],
);

export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    /** `delivery_…` */
    id: text().primaryKey(),
    batchId: text()
      .notNull()
      .references(() => batches.id),
    /** The event's `object`. */
    event: text().notNull().default("event.batch.completed"),
    /** `1/5` to `5/5`, as in the event. A redelivery starts at `1/5` again. */
    attempt: text().notNull(),
    startedAt: integer().notNull(),
    durationMs: integer().notNull(),
    delivered: integer({ mode: "boolean" }).notNull(),
    httpStatus: integer(),
    errorCode: text(),
    errorMessage: text(),
  },
  (table) => [index("webhook_deliveries_batch").on(table.batchId, table.startedAt)],
);
