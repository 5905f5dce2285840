/**
 * API keys and accounts, from the command line: see `usage`. What was asked for goes to standard output, all else to
 * standard error.
 */
import { parseArgs } from "node:util";
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

const usage = `npm run keys -- COMMAND [--remote]

  create --name NAME               makes a key, and the account NAME if there is none; prints the key, this once
  list                             all keys, without the keys themselves
  revoke KEY_ID                    revokes a key, by its id in the list

  accounts list                    all accounts with what they may use and have used
  accounts show --name NAME
  accounts set --name NAME         changes what is given:
    --credit-limit N|unlimited       credits that the account may ever use
    --rate-usd PRICE                 US dollars a credit, for batches from now on
    --max-batch-items N|none         largest batch
    --parsers ID,ID|all              built-in parsers granted
    --countries XX,XX|all            countries granted

  webhook-secret show --name NAME  prints the secret that signs the account's webhooks
  webhook-secret rotate --name NAME  makes a new one and prints it; the one before signs too for 24 hours

  --remote                         acts on the deployed database instead of the local one
  --persist-to DIR                 the local state, as of npm run dev -- --persist-to DIR (.wrangler/state)`;

/** Thrown for what the caller can mend. */
class UsageError extends Error {}

const options = {
  name: { type: "string" },
  "credit-limit": { type: "string" },
  "rate-usd": { type: "string" },
  "max-batch-items": { type: "string" },
  parsers: { type: "string" },
  countries: { type: "string" },
  remote: { type: "boolean", default: false },
  "persist-to": { type: "string", default: ".wrangler/state" },
  help: { type: "boolean", short: "h", default: false },
} as const;

const flags = {
  creditLimit: "--credit-limit",
  rateUsd: "--rate-usd",
  maxBatchItems: "--max-batch-items",
  grantedParsers: "--parsers",
  grantedCountries: "--countries",
};

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>["values"];
/** Reads what it was given, and says what to do with the database, which is opened only then. */
type Command = (values: Values, argument: string | undefined) => (db: Database) => Promise<void>;

const commands: Record<string, Command> = {
  create(values) {
    const name = accountName(values);
    return async (db) => {
      const { key, id, account } = await issueKey(db, name);
      console.error(`Made the key ${id} for the account ${account.name}. It is shown this once:`);
      console.log(key);
    };
  },

  list: () => async (db) => {
    const keys = await listKeys(db);
    console.log(JSON.stringify(keys.map(shownKey), null, 2));
  },

  revoke(_values, id) {
    if (!id) throw new UsageError("Which key? Give its id: see the command list.");
    return async (db) => {
      if (!(await revokeKey(db, id, Date.now())))
        throw new UsageError(`There is no key ${id} that is not revoked yet.`);
      console.error(`Revoked ${id}.`);
    };
  },

  "accounts list": () => async (db) => {
    console.log(JSON.stringify((await listAccounts(db)).map(shownAccount), null, 2));
  },

  "accounts show"(values) {
    const name = accountName(values);
    return async (db) => console.log(JSON.stringify(shownAccount(await accountNamed(db, name)), null, 2));
  },

  "accounts set"(values) {
    const name = accountName(values);
    const change = changeOf(values);
    return async (db) => {
      const account = await accountNamed(db, name);
      const changed = await updateAccount(db, account.id, change);
      console.log(JSON.stringify(changed && shownAccount(changed), null, 2));
    };
  },

  "webhook-secret show"(values) {
    const name = accountName(values);
    return async (db) => console.log((await accountNamed(db, name)).webhookSecret);
  },

  "webhook-secret rotate"(values) {
    const name = accountName(values);
    return async (db) => {
      const account = await rotateWebhookSecret(db, await accountNamed(db, name));
      console.error("Made a new secret. The one before signs too, for 24 hours.");
      console.log(account?.webhookSecret);
    };
  },
};

function changeOf(values: Values): Partial<Account> {
  const terms = accountTerms.safeParse({
    creditLimit: values["credit-limit"],
    rateUsd: values["rate-usd"],
    maxBatchItems: values["max-batch-items"],
    grantedParsers: values.parsers,
    grantedCountries: values.countries,
  });
  if (!terms.success) {
    const faults = terms.error.issues.map(
      ({ path, message }) => `${flags[path[0] as keyof typeof flags]} ${message}.`,
    );
    throw new UsageError(faults.join("\n"));
  }
  const change = Object.fromEntries(Object.entries(terms.data).filter(([, value]) => value !== undefined));
  if (Object.keys(change).length === 0) throw new UsageError("There is nothing to set.");
  return change;
}

function accountName({ name }: Values): string {
  if (!name || name.length > 100)
    throw new UsageError("Which account? Give --name, with 1 to 100 characters.");
  return name;
}

async function accountNamed(db: Database, name: string): Promise<Account> {
  const account = await findAccountByName(db, name);
  if (!account)
    throw new UsageError(`There is no account ${JSON.stringify(name)}. The command create makes it.`);
  return account;
}

const date = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function shownKey({ account, key }: Awaited<ReturnType<typeof listKeys>>[number]) {
  const { id, prefix, createdAt, revokedAt } = key;
  return { id, account, starts_with: prefix, created: date(createdAt), revoked: date(revokedAt) };
}

function shownAccount(account: Account) {
  return {
    id: account.id,
    name: account.name,
    created: date(account.createdAt),
    credit_limit: account.creditLimit ?? "unlimited",
    credits_used: account.creditsUsed,
    credits_reserved: account.creditsReserved,
    rate_usd: account.rateUsd,
    max_batch_items: account.maxBatchItems ?? "none",
    parsers: account.grantedParsers ?? "all",
    countries: account.grantedCountries ?? "all",
  };
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help || positionals.length === 0) {
    console.log(usage);
    return;
  }
  const words = Object.hasOwn(commands, positionals[0] ?? "") ? 1 : 2;
  const name = positionals.slice(0, words).join(" ");
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`There is no command ${positionals.join(" ")}.`);
  const [argument, ...more] = positionals.slice(words);
  const surplus = name === "revoke" ? more[0] : argument;
  if (surplus !== undefined) throw new UsageError(`The command ${name} takes no ${JSON.stringify(surplus)}.`);
  const act = command(values, argument);
  // Wrangler takes a second to load: not before it is needed.
  const { withDatabase } = await import("../trawl/database.ts");
  await withDatabase({ remote: values.remote, persistTo: values["persist-to"] }, act);
}

function explain(thrown: unknown): string {
  const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const message = error instanceof Error ? error.message : String(error);
  const isUntouched = message.includes("no such table");
  return isUntouched ? `${message}\nThe database has no tables yet: run npm run setup first.` : message;
}

try {
  await run();
} catch (thrown) {
  const isUsage =
    thrown instanceof UsageError || (thrown as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  console.error(isUsage ? `${explain(thrown)}\nAll commands: npm run keys -- --help` : explain(thrown));
  process.exitCode = isUsage ? 2 : 1;
}
