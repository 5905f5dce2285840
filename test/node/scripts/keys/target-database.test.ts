/** `npm run keys -- … --target`: on the fake of Cloudflare's API, whose databases are real. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { commands } from "../../../../scripts/keys/commands.ts";
import { targetDatabase } from "../../../../scripts/keys/target-database.ts";
import { root } from "../../../../scripts/setup/environment.mjs";
import { hashKey } from "../../../../src/account/keys.ts";
import { type Account, addDatabase } from "../../../cloudflare/account.ts";
import { Cloudflare } from "../../../cloudflare/server.ts";

const folder = mkdtempSync(join(tmpdir(), "trawl-targets-"));
const env = { CLOUDFLARE_API_TOKEN: "a-test-token" };
let fake: Cloudflare;
let account: Account;

beforeAll(async () => {
  fake = await Cloudflare.start();
  account = fake.addAccount({ name: "An account" });
  fake.addToken("a-test-token", [account]);
  addDatabase(account, "trawl-other");
  const id = addDatabase(account, "trawl-shop");
  const names = readdirSync(join(root, "migrations")).filter((name) => name.endsWith(".sql"));
  for (const name of names.sort()) {
    account.databases.get(id)?.sqlite.exec(readFileSync(join(root, "migrations", name), "utf8"));
  }
  const target = { account_id: account.id, name: "trawl-shop" };
  writeFileSync(join(folder, "shop.json"), JSON.stringify(target));
  writeFileSync(join(folder, "absent.json"), JSON.stringify({ ...target, name: "trawl-absent" }));
  writeFileSync(join(folder, "nowhere.json"), JSON.stringify({ name: "trawl-shop" }));
  vi.stubEnv("CLOUDFLARE_API_BASE_URL", fake.baseUrl);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await fake.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command on the target. Returns what it prints to standard output. */
async function keys(command: string, flags = {}, argument?: string): Promise<string> {
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  printed.mockClear();
  vi.spyOn(console, "error").mockImplementation(() => {});
  await commands[command]?.(flags, argument)(await targetDatabase("shop", env, folder));
  return printed.mock.calls.map(([line]) => String(line)).join("\n");
}

test("a key is created, listed and revoked in the target's database", async () => {
  const key = await keys("create", { name: "shop" });
  const database = [...account.databases.values()].find(({ name }) => name === "trawl-shop");
  const stored = database?.sqlite.prepare("SELECT hash, revoked_at FROM api_keys").all();
  expect(stored).toEqual([{ hash: hashKey(key), revoked_at: null }]);
  const [listed] = JSON.parse(await keys("list")) as { id: string; account: string }[];
  expect(listed?.account).toBe("shop");
  await keys("revoke", {}, listed?.id);
  await expect(keys("revoke", {}, listed?.id)).rejects.toThrow("No active key");
  expect(JSON.parse(await keys("list"))).toMatchObject([{ revoked: expect.any(String) }]);
});

test("an account's terms and webhook secret are changed in the target's database", async () => {
  await keys("create", { name: "terms" });
  const flags = { name: "terms", "credit-limit": "500", countries: "DE,FR" };
  expect(JSON.parse(await keys("accounts set", flags))).toMatchObject({
    credit_limit: 500,
    countries: ["DE", "FR"],
  });
  const before = await keys("webhook-secret show", { name: "terms" });
  const rotated = await keys("webhook-secret rotate", { name: "terms" });
  expect(rotated).not.toBe(before);
  expect(await keys("webhook-secret show", { name: "terms" })).toBe(rotated);
});

test("what is missing is named", async () => {
  await expect(targetDatabase("shop", {}, folder)).rejects.toThrow("CLOUDFLARE_API_TOKEN");
  await expect(targetDatabase("nowhere", env, folder)).rejects.toThrow("account_id");
  await expect(targetDatabase("absent", env, folder)).rejects.toThrow("no D1 database named trawl-absent");
  await expect(targetDatabase("unknown", env, folder)).rejects.toThrow("There is no target unknown");
});
