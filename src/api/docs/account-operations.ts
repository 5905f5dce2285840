/** The OpenAPI operations of `/v1/account`. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { type AccountObject, accountSchema } from "../account.ts";
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

export const accountPaths: ZodOpenApiPathsObject = {
  "/v1/account": {
    get: {
      operationId: "getAccount",
      tags: ["Account"],
      summary: "Get the account",
      description: "Returns the account that the key belongs to, with its credits, grants and limits.",
      responses: { 200: json("The account.", accountSchema, example), ...accountProblems() },
    },
  },
};
