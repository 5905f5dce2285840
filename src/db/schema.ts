/**
 * The database. Times are epoch milliseconds. JSON columns hold JSON text, and Drizzle parses it.
 *
 * Who writes what: the API writes accounts, keys, batches and items as accepted, metadata and parsers. From then on
 * only a batch's tracker writes its progress and its items' results (see db/batch-progress.ts).
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { LinksOnPage, Metadata } from "./json-columns.ts";

export const accounts = sqliteTable("accounts", {
  /** `acct_…` */
  id: text().primaryKey(),
  name: text().notNull().unique(),
  createdAt: integer().notNull(),
  /** Credits that the account may ever use; null for unlimited. Left = limit - used - reserved. */
  creditLimit: integer(),
  creditsUsed: integer().notNull().default(0),
  /** Held for batches that are still running. */
  creditsReserved: integer().notNull().default(0),
  /** Price of one credit, in US dollars. */
  rateUsd: real().notNull().default(0.001),
  /** Largest batch; null for the API's own limit. */
  maxBatchItems: integer(),
  /** Ids of the parsers granted; null for all. */
  grantedParsers: text({ mode: "json" }).$type<string[]>(),
  /** Countries granted, ISO 3166-1 alpha-2; null for all. */
  grantedCountries: text({ mode: "json" }).$type<string[]>(),
  /** `whsec_…`: signs this account's webhooks. Signing needs it in the clear. */
  webhookSecret: text().notNull(),
  /** The secret before the last rotation; signs too until `webhookSecretPreviousUntil`. */
  webhookSecretPrevious: text(),
  webhookSecretPreviousUntil: integer(),
});

export const apiKeys = sqliteTable(
  "api_keys",
  {
    /** `key_…`: names the key in `npm run keys -- list` and `revoke`. */
    id: text().primaryKey(),
    accountId: text()
      .notNull()
      .references(() => accounts.id),
    /** SHA-256 of the whole key, hex. The key itself is kept nowhere. */
    hash: text().notNull(),
    /** The key's first characters, to tell keys apart. */
    prefix: text().notNull(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [uniqueIndex("api_keys_hash").on(table.hash), index("api_keys_account").on(table.accountId)],
);

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
    /** When the tracker last wrote, or was woken: tells a batch that has gone quiet. */
    updatedAt: integer().notNull(),
    totalUrls: integer().notNull(),
    completedUrls: integer().notNull().default(0),
    failedUrls: integer().notNull().default(0),
    numberRetried: integer().notNull().default(0),
    country: text(),
    /** The country to render from: `country`, or the one that RANDOM picked. */
    renderCountry: text(),
    parserId: text(),
    parserVersion: integer(),
    linksOnPage: text({ mode: "json" }).$type<LinksOnPage>(),
    metadata: text({ mode: "json" }).$type<Metadata>().notNull(),
    webhook: text(),
    /** `event_…`: the id of the webhook's one event, the same in all attempts. */
    eventId: text().notNull(),
    /** Credits a page that succeeds costs: 1, or the parser's price when the batch was accepted. */
    creditsPerPage: integer().notNull(),
    /** The account's rate when the batch was accepted, in US dollars a credit. */
    rateUsd: real().notNull(),
    creditsConsumed: integer(),
    /** When the content was removed; null while it is there. */
    contentRemovedAt: integer(),
    /** When the delivery of the webhook ended, well or not; null before, while it is asked for again, and without one. */
    webhookEndedAt: integer(),
  },
  (table) => [
    index("batches_account_created").on(table.accountId, table.createdAt, table.id),
    index("batches_in_progress").on(table.updatedAt).where(sql`status = 'in_progress'`),
    index("batches_content").on(table.completedAt).where(sql`content_removed_at IS NULL`),
    index("batches_emptied").on(table.completedAt).where(sql`content_removed_at IS NOT NULL`),
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
    /** Place in the request, from 0. */
    idx: integer().notNull(),
    customId: text().notNull(),
    url: text().notNull(),
    metadata: text({ mode: "json" }).$type<Metadata>(),
    /** Place in the order in which the batch's items finished, from 1; null until then. The cursor of the list. */
    seq: integer(),
    status: text({ enum: ["pending", "completed", "failed"] }).notNull(),
    attempts: integer().notNull().default(0),
    finishedAt: integer(),
    httpStatus: integer(),
    finalUrl: text(),
    title: text(),
    errorCode: text(),
    errorMessage: text(),
    /** Where the content is in R2: see content/parts.ts. Null when failed. */
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
    /** SHA-256 of the request's body, hex. */
    bodyHash: text().notNull(),
    /** The batch that was written together with this row. */
    batchId: text().notNull(),
    createdAt: integer().notNull(),
    /** The request that holds the key does so until then; null once it was answered. */
    lockedUntil: integer(),
    /** The first answer's body, byte for byte. */
    response: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.key] }),
    index("idempotency_keys_created").on(table.createdAt),
  ],
);

/** An account's own parsers, a row a version. Built-in parsers are code and data under parsers/. */
export const parsers = sqliteTable(
  "parsers",
  {
    accountId: text()
      .notNull()
      .references(() => accounts.id),
    id: text().notNull(),
    /** From 1, one more with each change. */
    version: integer().notNull(),
    /** The parser's document: see parsers/definition.ts. */
    definition: text({ mode: "json" }).notNull(),
    createdAt: integer().notNull(),
    /** Deleted parsers stay for the batches that started with them. */
    deletedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id, table.version] }),
    // All that is asked of many parsers at once: a row of the table can have 100,000 characters of definition in it.
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
    /** `1/5` to `5/5`, as the event said. A delivery that was asked for by hand begins at `1/5` again. */
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
