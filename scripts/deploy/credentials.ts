/** Which token and which account to use. */
import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { toolEnvironment } from "../setup/environment.mjs";
import type { Cloudflare } from "./cloudflare-api.ts";
import { InputNeeded } from "./failures.ts";

/** Whether somebody can be asked. */
export function hasTerminal(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/** @returns the answer without spaces around it */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

/**
 * `CLOUDFLARE_API_TOKEN`, or else the token of wrangler's login. With a terminal, logs in if there is none.
 *
 * @throws {InputNeeded}
 */
export function findToken(): string {
  const given = process.env.CLOUDFLARE_API_TOKEN?.trim();
  const found = given || loggedInToken();
  if (found) return found;
  if (hasTerminal()) {
    spawnSync("wrangler", ["login"], { env: toolEnvironment(), stdio: ["inherit", 2, "inherit"] });
    const token = loggedInToken();
    if (token) return token;
  }
  throw new InputNeeded(
    "There is no Cloudflare token. Set CLOUDFLARE_API_TOKEN, or log in: npx wrangler login",
  );
}

function loggedInToken(): string | undefined {
  const { status, stdout } = spawnSync("wrangler", ["auth", "token", "--json"], {
    env: { ...toolEnvironment(), CI: "true" },
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  });
  if (status !== 0) return undefined;
  const { token } = JSON.parse(stdout) as { token?: string };
  return token;
}

interface CloudflareAccount {
  id: string;
  name: string;
}

/**
 * The given account, else `CLOUDFLARE_ACCOUNT_ID`, else the only one that the token can use. With a terminal, asks which of
 * several.
 *
 * @throws {InputNeeded} with all of them
 */
export async function findAccount(api: Cloudflare, given: string | undefined): Promise<string> {
  const named = given ?? process.env.CLOUDFLARE_ACCOUNT_ID;
  if (named) return named;
  const accounts = await api.list<CloudflareAccount>("/accounts");
  const [only] = accounts;
  if (only && accounts.length === 1) return only.id;
  if (!only) {
    throw new InputNeeded(
      "The token lists no account. Name one: --account ID, or account_id in the target's file.",
    );
  }
  const list = accounts.map(({ id, name }, i) => `  ${i + 1}. ${id}  ${name}`).join("\n");
  if (!hasTerminal()) {
    throw new InputNeeded(
      `The token can use ${accounts.length} accounts. Name one: --account ID, or account_id in the target's file.\n${list}`,
    );
  }
  const answer = await ask(`Which account?\n${list}\nNumber: `);
  const chosen = accounts[Number(answer) - 1];
  if (!chosen) throw new InputNeeded(`There is no account number ${JSON.stringify(answer)}.`);
  return chosen.id;
}
