import { issueKey } from "../../src/account/issue-key.ts";
import { accountTerms } from "../../src/account/terms.ts";
import { rotateWebhookSecret } from "../../src/account/webhook-secret.ts";
import {
  type Account,
  findAccountByName,
  listAccounts,
  listKeys,
  revokeKey,
  updateAccount,
} from "../../src/db/accounts.ts";
import type { Database } from "../../src/db/client.ts";
import { runningBatchesByAccount } from "../../src/db/running-batches.ts";
import { UsageError } from "../command-line/arguments.ts";
import { accountJson, keyJson } from "./json.ts";

export interface Flags {
  name?: string | undefined;
  "credit-limit"?: string | undefined;
  "rate-usd"?: string | undefined;
  "max-batch-items"?: string | undefined;
  parsers?: string | undefined;
  countries?: string | undefined;
}

/**
 * Checks its arguments and returns what to do with the database, which is opened only then.
 *
 * The result goes to standard output, everything else to standard error.
 *
 * @throws {UsageError} when called, or later if an account or a key does not exist
 */
type Command = (flags: Flags, argument: string | undefined) => (db: Database) => Promise<void>;

export const commands: Record<string, Command> = {
  create(flags) {
    const name = accountName(flags);
    return async (db) => {
      const { key, id, account } = await issueKey(db, name);
      console.error(`Created key ${id} for account "${account.name}". It is shown only once:`);
      console.log(key);
    };
  },

  list: () => async (db) => {
    print((await listKeys(db)).map(keyJson));
  },

  revoke(_flags, id) {
    if (!id) throw new UsageError(`revoke needs a KEY_ID. "npm run keys -- list" shows the ids.`);
    return async (db) => {
      const isRevoked = await revokeKey(db, id, Date.now());
      if (!isRevoked) throw new UsageError(`No active key has the id ${JSON.stringify(id)}.`);
      console.error(`Revoked ${id}.`);
    };
  },

  "accounts list": () => async (db) => {
    const running = await runningBatchesByAccount(db);
    print((await listAccounts(db)).map((account) => accountJson(account, running.get(account.id))));
  },

  "accounts show"(flags) {
    const name = accountName(flags);
    return async (db) => print(await accountNow(db, await existingAccount(db, name)));
  },

  "accounts set"(flags) {
    const name = accountName(flags);
    const change = changeFrom(flags);
    return async (db) => {
      const account = await existingAccount(db, name);
      const changed = await updateAccount(db, account.id, change);
      print(changed && (await accountNow(db, changed)));
    };
  },

  "webhook-secret show"(flags) {
    const name = accountName(flags);
    return async (db) => console.log((await existingAccount(db, name)).webhookSecret);
  },

  "webhook-secret rotate"(flags) {
    const name = accountName(flags);
    return async (db) => {
      const account = await rotateWebhookSecret(db, await existingAccount(db, name));
      console.error("Created a new secret. Webhooks are also signed with the old one for 24 hours.");
      console.log(account?.webhookSecret);
    };
  },
};

const flagOf = {
  creditLimit: "--credit-limit",
  rateUsd: "--rate-usd",
  maxBatchItems: "--max-batch-items",
  grantedParsers: "--parsers",
  grantedCountries: "--countries",
};

function changeFrom(flags: Flags): Partial<Account> {
  const terms = accountTerms.safeParse({
    creditLimit: flags["credit-limit"],
    rateUsd: flags["rate-usd"],
    maxBatchItems: flags["max-batch-items"],
    grantedParsers: flags.parsers,
    grantedCountries: flags.countries,
  });
  if (!terms.success) {
    const messages = terms.error.issues.map(
      ({ path, message }) => `${flagOf[path[0] as keyof typeof flagOf]} ${message}.`,
    );
    throw new UsageError(messages.join("\n"));
  }
  const change = Object.fromEntries(Object.entries(terms.data).filter(([, value]) => value !== undefined));
  if (Object.keys(change).length === 0) {
    throw new UsageError(`accounts set needs at least one of ${Object.values(flagOf).join(", ")}.`);
  }
  return change;
}

function accountName({ name }: Flags): string {
  if (name === undefined) throw new UsageError("--name is required: the name of the account.");
  if (name.length < 1 || name.length > 100) {
    throw new UsageError(`--name must have 1 to 100 characters, got ${name.length}.`);
  }
  return name;
}

async function existingAccount(db: Database, name: string): Promise<Account> {
  const account = await findAccountByName(db, name);
  if (account) return account;
  const quoted = JSON.stringify(name);
  throw new UsageError(
    `No account is named ${quoted}. To create it: npm run keys -- create --name ${quoted}`,
  );
}

async function accountNow(db: Database, account: Account): Promise<object> {
  const running = await runningBatchesByAccount(db, account.id);
  return accountJson(account, running.get(account.id));
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}
