/** D1 and R2. */
import { createHash } from "node:crypto";
import { type Account, addDatabase } from "./account.ts";
import { ApiError } from "./api-error.ts";
import { type Call, Listed, type Routes } from "./routing.ts";
import { runQuery, runRaw } from "./sql.ts";

const A = "/accounts/:account";

export const dataRoutes: Routes = {
  [`GET ${A}/d1/database`]: ({ account, query }) =>
    new Listed(
      [...account.databases]
        .filter(([, { name }]) => !query.has("name") || name === query.get("name"))
        .map(([uuid, { name }]) => ({ uuid, name, version: "production" })),
    ),

  [`POST ${A}/d1/database`]: ({ account, body }) => {
    if ([...account.databases.values()].some(({ name }) => name === body.name)) {
      throw new ApiError(400, 7502, `Database with name ${body.name} already exists.`);
    }
    if (account.databases.size >= account.maxDatabases) {
      throw new ApiError(400, 7406, "You have reached the maximum number of databases for your account.");
    }
    const uuid = addDatabase(account, body.name, body.jurisdiction);
    return { uuid, name: body.name, version: "production" };
  },

  [`GET ${A}/d1/database/:database`]: (call) => {
    const { uuid, database } = databaseOf(call);
    return { uuid, name: database.name, version: "production" };
  },

  [`DELETE ${A}/d1/database/:database`]: (call) => {
    call.account.databases.delete(databaseOf(call).uuid);
    return null;
  },

  [`POST ${A}/d1/database/:database/query`]: (call) => {
    const { database } = databaseOf(call);
    return runQuery(database.sqlite, call.body.sql, call.body.params);
  },

  [`POST ${A}/d1/database/:database/raw`]: (call) => {
    const { database } = databaseOf(call);
    return runRaw(database.sqlite, call.body.sql, call.body.params);
  },

  [`GET ${A}/d1/database/:database/time_travel/bookmark`]: (call) => {
    const { database } = databaseOf(call);
    const state = database.sqlite.prepare("SELECT count(*) AS n FROM sqlite_master").get();
    return { bookmark: `00000000-${createHash("sha256").update(String(state?.n)).digest("hex")}` };
  },

  [`GET ${A}/r2/buckets/:bucket`]: (call) => {
    bucketOf(call);
    return { name: call.params.bucket, creation_date: "2026-11-25T00:00:00.000Z", location: "WEUR" };
  },

  [`POST ${A}/r2/buckets`]: ({ account, body, headers }) => {
    needsR2(account);
    if (account.buckets.has(body.name))
      throw new ApiError(409, 10004, "The bucket you tried to create already exists.");
    account.buckets.set(body.name, new Map());
    account.jurisdictions.set(body.name, headers["cf-r2-jurisdiction"]);
    return { name: body.name };
  },

  [`DELETE ${A}/r2/buckets/:bucket`]: (call) => {
    if (bucketOf(call).size > 0)
      throw new ApiError(409, 10008, "The bucket you tried to delete is not empty.");
    call.account.buckets.delete(call.params.bucket ?? "");
    return {};
  },

  [`GET ${A}/r2/buckets/:bucket/objects`]: (call) => {
    const limit = Number(call.query.get("per_page") ?? 1000);
    const keys = [...bucketOf(call).keys()].sort().slice(0, limit);
    return keys.map((key) => ({ key }));
  },

  [`DELETE ${A}/r2/buckets/:bucket/objects/*key`]: (call) => {
    bucketOf(call).delete(call.params.key ?? "");
    return { key: call.params.key };
  },
};

function databaseOf({ account, params }: Call) {
  const found = [...account.databases].find(
    ([id, { name }]) => id === params.database || name === params.database,
  );
  if (!found) throw new ApiError(404, 7404, `The database ${params.database} could not be found`);
  const [uuid, database] = found;
  return { uuid, database };
}

/** A bucket is found only with the jurisdiction that it was made in. */
function bucketOf({ account, params, headers }: Call) {
  needsR2(account);
  const bucket = account.buckets.get(params.bucket ?? "");
  const isThere = account.jurisdictions.get(params.bucket ?? "") === headers["cf-r2-jurisdiction"];
  if (!bucket || !isThere) throw new ApiError(404, 10006, "The specified bucket does not exist.");
  return bucket;
}

function needsR2(account: Account): void {
  if (!account.hasR2) throw new ApiError(403, 10042, "Please enable R2 through the Cloudflare Dashboard.");
}
