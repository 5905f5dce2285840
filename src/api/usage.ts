/** `GET /v1/usage`: what the account has used, by day. */
import { Hono } from "hono";
import * as z from "zod";
import { roundedUsd } from "../account/credits.ts";
import { failureCodeSchema } from "../batch/item-object.ts";
import { database } from "../db/client.ts";
import { type DayOfUsage, usageByDay } from "../db/usage.ts";
import type { ApiEnv } from "./api-env.ts";
import { validated } from "./middleware/validated.ts";

const dayMs = 86_400_000;
/** Days in a response. */
const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;

const dateRule = "Must be a date such as 2026-11-24, in UTC, given only once.";

const date = z.iso.date({ error: dateRule }).optional();

export const usageQuery = z
  .object({
    from: date.meta({ description: `The first day. ${DEFAULT_DAYS} days until \`to\` by default.` }),
    to: date.meta({ description: "The last day. Today by default." }),
  })
  .transform(({ from, to }, ctx) => {
    const last = Date.parse(to ?? dateOf(Date.now()));
    const first = from === undefined ? last - (DEFAULT_DAYS - 1) * dayMs : Date.parse(from);
    const days = (last - first) / dayMs + 1;
    if (days >= 1 && days <= MAX_DAYS) return { first, last };
    const message =
      days < 1
        ? `Must not be after to; got ${from} and ${dateOf(last)}.`
        : `Must be at most ${MAX_DAYS} days in all, from and to included; got ${days}.`;
    ctx.addIssue({ code: "custom", path: ["from"], message });
    return z.NEVER;
  });

const amount = z.int().min(0);

const used = z.object({
  batches: amount.meta({ description: "Batches that completed." }),
  completed: amount.meta({ description: "Pages that succeeded." }),
  failed: amount.meta({ description: "Pages that failed." }),
  failed_by_code: z
    .partialRecord(failureCodeSchema, amount)
    .meta({ description: "Pages that failed, by failure code." }),
  credits: amount,
  cost_usd: z.number().min(0),
});

export const usageSchema = z
  .object({
    object: z.literal("usage"),
    from: z.iso.date(),
    to: z.iso.date(),
    days: z
      .array(used.extend({ date: z.iso.date() }))
      .meta({ description: "Days with batches that completed, oldest first." }),
    total: used,
  })
  .meta({ id: "Usage" });

export type UsageObject = z.output<typeof usageSchema>;
type Used = z.output<typeof used>;

const usage = new Hono<ApiEnv>();

usage.get("/", validated("query", usageQuery), async (c) => {
  const { first, last } = c.req.valid("query");
  const days = await usageByDay(database(c.env.DB), c.var.account.id, first, last + dayMs);
  return c.json({
    object: "usage",
    from: dateOf(first),
    to: dateOf(last),
    days: days.map(({ date, ...day }) => ({ date, ...usedIn([day]) })),
    total: usedIn(days),
  } satisfies UsageObject);
});

function usedIn(days: Omit<DayOfUsage, "date">[]): Used {
  const failures = new Map<string, number>();
  for (const { failures: ofDay } of days) {
    for (const [code, n] of Object.entries(ofDay)) failures.set(code, (failures.get(code) ?? 0) + n);
  }
  const sum = (name: "batches" | "completed" | "failed" | "credits" | "costUsd") =>
    days.reduce((total, day) => total + day[name], 0);
  return {
    batches: sum("batches"),
    completed: sum("completed"),
    failed: sum("failed"),
    failed_by_code: Object.fromEntries(failures) as Used["failed_by_code"],
    credits: sum("credits"),
    cost_usd: roundedUsd(sum("costUsd")),
  };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export { usage };
