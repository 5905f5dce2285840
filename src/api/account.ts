/** `GET /v1/account`: the account that the request's key belongs to. */
import { Hono } from "hono";
import * as z from "zod";
import { unixSeconds } from "../batch/batch-object.ts";
import { MAX_ITEMS } from "../batch/request.ts";
import { database } from "../db/client.ts";
import { runningBatchesByAccount } from "../db/running-batches.ts";
import { settings } from "../settings.ts";
import type { ApiEnv } from "./api-env.ts";

const amount = z.int().min(0);

/** Of something that an account can have at most. */
const quota = z.object({ used: amount, limit: amount });

export const accountSchema = z
  .object({
    object: z.literal("account"),
    id: z.string().meta({ example: "acct_4fQ8sWc0ZbT1xKd9aLm3Ye" }),
    name: z.string(),
    created: amount.meta({ description: "Unix seconds." }),
    credits: z.object({
      limit: amount.nullable().meta({ description: "Null if unlimited." }),
      used: amount,
      reserved: amount.meta({ description: "For running batches." }),
      left: z.int().nullable().meta({ description: "Null if unlimited." }),
    }),
    rate_usd: z.number().min(0).meta({ description: "Price of one credit, in US dollars." }),
    grants: z.object({
      parsers: z
        .array(z.string())
        .nullable()
        .meta({ description: "Built-in parsers that the account may use. Null for all." }),
      countries: z
        .array(z.string())
        .nullable()
        .meta({ description: "Countries that the account may render from. Null for all." }),
    }),
    limits: z.object({
      items_per_batch: amount,
      running_batches: quota,
      stored_items: quota,
    }),
  })
  .meta({ id: "Account" });

export type AccountObject = z.output<typeof accountSchema>;

const account = new Hono<ApiEnv>();

account.get("/", async (c) => {
  const { account } = c.var;
  const { MAX_RUNNING_BATCHES, MAX_STORED_ITEMS } = settings(c.env);
  const running = await runningBatchesByAccount(database(c.env.DB), account.id);
  const { creditLimit: limit, creditsUsed: used, creditsReserved: reserved } = account;
  return c.json({
    object: "account",
    id: account.id,
    name: account.name,
    created: unixSeconds(account.createdAt),
    credits: { limit, used, reserved, left: limit === null ? null : limit - used - reserved },
    rate_usd: account.rateUsd,
    grants: { parsers: account.grantedParsers, countries: account.grantedCountries },
    limits: {
      items_per_batch: account.maxBatchItems ?? MAX_ITEMS,
      running_batches: { used: running.get(account.id) ?? 0, limit: MAX_RUNNING_BATCHES },
      stored_items: { used: account.storedItems, limit: MAX_STORED_ITEMS },
    },
  } satisfies AccountObject);
});

export { account };
