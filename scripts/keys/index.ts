/** `npm run keys`: manages API keys and accounts. */
import { parseArguments, UsageError } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { targetsFolder } from "../deploy/target.ts";
import { commands } from "./commands.ts";

const usage = `Usage: npm run keys -- COMMAND [OPTIONS]

Keys:
  create --name NAME                 Create a key for account NAME, and the account if it is new.
                                     Prints the key, which is shown only once
  list                               List all keys
  revoke KEY_ID                      Revoke a key

Accounts:
  accounts list                      List all accounts with their limits and usage
  accounts show --name NAME          Show one account
  accounts set --name NAME           Change one account:
    --credit-limit N|unlimited         Credits it may use in total
    --rate-usd PRICE                   US dollars per credit, for new batches
    --max-batch-items N|none           Items per batch
    --parsers ID,ID|all                Built-in parsers it may use
    --countries XX,XX|all              Countries it may render from

Webhook secrets:
  webhook-secret show --name NAME    Print the secret that signs the account's webhooks
  webhook-secret rotate --name NAME  Create and print a new one. The old one also signs for 24 hours

Options:
  --target NAME                      Use the database of the deployment in deployments/NAME.json,
                                     over Cloudflare's API with CLOUDFLARE_API_TOKEN
  --targets DIR                      The folder with that file (default: deployments)
  --remote                           Use the deployed database. Log in first: npx wrangler login
  --persist-to DIR                   Local data, as in npm run dev (default: .wrangler/state)
  -h, --help                         Show this help`;

const string = { type: "string" } as const;

await runCommand("npm run keys", usage, async (args) => {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: {
      name: string,
      "credit-limit": string,
      "rate-usd": string,
      "max-batch-items": string,
      parsers: string,
      countries: string,
      target: string,
      targets: { type: "string", default: targetsFolder },
      remote: { type: "boolean", default: false },
      "persist-to": { type: "string", default: ".wrangler/state" },
    },
  });
  if (positionals.length === 0) {
    console.log(usage);
    return 0;
  }
  const { command, argument } = commandFrom(positionals);
  if (values.target !== undefined && values.remote) {
    throw new UsageError("Give --target or --remote, not both.");
  }
  const act = command(values, argument);
  try {
    if (values.target !== undefined) {
      const { targetDatabase } = await import("./target-database.ts");
      await act(await targetDatabase(values.target, process.env, values.targets));
      return 0;
    }
    // Wrangler takes a second to load, so only now.
    const { withDatabase } = await import("../trawl/database.ts");
    await withDatabase({ remote: values.remote, persistTo: values["persist-to"] }, act);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    console.error(explain(error));
    return 1;
  }
});

function commandFrom(positionals: string[]) {
  const names = Object.keys(commands);
  const [first = "", second] = positionals;
  const group = names.filter((name) => name.startsWith(`${first} `)).map((name) => name.split(" ")[1]);
  const words = group.length > 0 ? 2 : 1;
  const name = positionals.slice(0, words).join(" ");
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    if (group.length === 0) throw new UsageError(`Unknown command ${JSON.stringify(first)}.`);
    const given = second === undefined ? "" : `, got ${JSON.stringify(second)}`;
    throw new UsageError(`${first} must be followed by ${oneOf(group)}${given}.`);
  }
  const [argument, ...rest] = positionals.slice(words);
  const unexpected = name === "revoke" ? rest[0] : argument;
  if (unexpected !== undefined) {
    throw new UsageError(`Unexpected argument ${JSON.stringify(unexpected)} after ${name}.`);
  }
  return { command, argument };
}

function oneOf(names: (string | undefined)[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(names.map(String));
}

/** Drizzle wraps what D1 throws. */
function explain(thrown: unknown): string {
  const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const message = error instanceof Error ? error.message : String(error);
  return message.includes("no such table")
    ? `${message}\nThe database has no tables yet. Run "npm run setup" for the local one, or apply the migrations to the deployed one.`
    : message;
}
