/** Opens the database of a deployment, over Cloudflare's API: in CI, too, where nobody can log in. */
import type { Database } from "../../src/db/client.ts";
import { UsageError } from "../command-line/arguments.ts";
import { Cloudflare } from "../deploy/cloudflare-api.ts";
import { remoteDatabase } from "../deploy/remote-database.ts";
import { readTarget } from "../deploy/target.ts";

/**
 * @param target the name of a file in `deployments/`
 * @throws {UsageError} if the token, the account or the database is missing; what Cloudflare's API throws
 */
export async function targetDatabase(
  target: string,
  env: NodeJS.ProcessEnv,
  folder?: string,
): Promise<Database> {
  const { name, account_id: accountId = env.CLOUDFLARE_ACCOUNT_ID } = readTarget(target, {}, folder);
  const token = env.CLOUDFLARE_API_TOKEN;
  if (!token) throw new UsageError("--target needs an API token with access to D1 in CLOUDFLARE_API_TOKEN.");
  if (!accountId) {
    throw new UsageError(
      `Target ${target} has no account_id. Add it to its file, or set CLOUDFLARE_ACCOUNT_ID.`,
    );
  }
  const api = new Cloudflare({ token, say: (line) => console.error(line) });
  const path = `/accounts/${accountId}/d1/database`;
  // The filter may find names that only begin so.
  const found = await api.list<{ uuid: string; name: string }>(path, { name });
  const database = found.find((one) => one.name === name);
  if (!database) throw new UsageError(`Account ${accountId} has no D1 database named ${name}.`);
  return remoteDatabase(api, accountId, database.uuid);
}
