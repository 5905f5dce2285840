/** The OpenAPI operations of `/v1/account` and `/v1/usage`. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { type AccountObject, accountSchema } from "../account.ts";
import { type UsageObject, usageQuery, usageSchema } from "../usage.ts";
import { accountProblems, json } from "./responses.ts";

const example: AccountObject = {
  object: "account",
  id: "acct_7hN2kPq5VxT0yRc8bJm4Zs",
  name: "shop",
  created: 1795400000,
  credits: { limit: 10_000, used: 1250, reserved: 500, left: 8250 },
  rate_usd: 0.001,
  grants: { parsers: null, countries: ["DE", "FR"] },
  limits: {
    items_per_batch: 10_000,
    running_batches: { used: 1, limit: 1000 },
    stored_items: { used: 1750, limit: 10_000_000 },
  },
};

const used = {
  batches: 2,
  completed: 118,
  failed: 2,
  failed_by_code: { http_error: 1, timeout: 1 },
  credits: 118,
  cost_usd: 0.118,
};

const usageExample: UsageObject = {
  object: "usage",
  from: "2026-11-01",
  to: "2026-11-24",
  days: [{ date: "2026-11-24", ...used }],
  total: used,
};

export const accountPaths: ZodOpenApiPathsObject = {
  "/v1/account": {
    get: {
      operationId: "getAccount",
      tags: ["Accounts"],
      summary: "Get the account",
      description: "Returns the account that the key belongs to, with its credits, grants and limits.",
      responses: { 200: json("The account.", accountSchema, example), ...accountProblems() },
    },
  },
  "/v1/usage": {
    get: {
      operationId: "getUsage",
      tags: ["Accounts"],
      summary: "Get the account's usage",
      description:
        "Returns pages, failures by code, credits and costs for each day. A batch counts on the day on which it completed, in " +
        "UTC. Batches that have been removed are not counted any more.",
      requestParams: { query: usageQuery.in },
      responses: {
        200: json("The usage.", usageSchema, usageExample),
        ...accountProblems("validation_error"),
      },
    },
  },
};
