/** Runs `npm run dev` and `npm run keys` like a user. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort } from "../../scripts/processes/free-port.ts";
import { ApiError, Client } from "../../scripts/trawl/client.ts";
import { startSite } from "../site/server.ts";
import { type Command, npmRun } from "./command.ts";

const state = mkdtempSync(join(tmpdir(), "trawl-dev-"));
const commands: Command[] = [];

afterAll(() => {
  for (const command of commands) command.signal("SIGKILL");
  rmSync(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

async function dev(args: string[], env: Record<string, string> = {}): Promise<Command> {
  const command = npmRun("dev", ["--persist-to", state, ...args], env);
  commands.push(command);
  await command.untilPrinted(/Trawl is ready at/);
  return command;
}

async function stopped(command: Command): Promise<void> {
  command.signal("SIGINT");
  await command.ended;
  expect(await command.leftovers()).toEqual([]);
}

/** Returns what the command prints. */
async function keys(...args: string[]): Promise<string> {
  const command = npmRun("keys", [...args, "--persist-to", state]);
  commands.push(command);
  expect({ code: await command.ended, log: command.stderr() }).toMatchObject({ code: 0 });
  return command.stdout();
}

test("keys can be created, listed and revoked while the Worker runs, and data survives a restart on another port", async () => {
  const site = await startSite();
  const first = await freePort();
  let worker = await dev([], { PORT: String(first) });
  const created = await keys("create", "--name", "somebody");
  expect(created).toMatch(/^trawl_\w{22,}\n$/);
  const client = new Client(`http://127.0.0.1:${first}`, created.trim());
  const { id } = await client.createBatch({ items: [{ custom_id: "one", url: `${site.origin}/tiny/1` }] });
  await client.untilCompleted(id, { limitMs: 30_000 });
  await stopped(worker);

  // --port wins over PORT, and --var reaches wrangler.
  const second = await freePort();
  worker = await dev(["--port", String(second), "--var", "ALLOW_PRIVATE_NETWORK:false"], {
    PORT: String(first),
  });
  const again = new Client(`http://127.0.0.1:${second}`, client.key);
  expect(await again.batch(id)).toMatchObject({ status: "completed", completed_urls: 1 });
  const [item] = await again.items(id);
  expect((await again.retrieve(item?.retrieve_id ?? "", ["html"])).html_content).toContain("Tiny page 1");
  const privateItem = { custom_id: "two", url: `${site.origin}/tiny/2` };
  const refused = await again.createBatch({ items: [privateItem] }).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(ApiError);
  expect((refused as ApiError).problem).toMatchObject({ code: "validation_error" });

  const [listed] = JSON.parse(await keys("list")) as { id: string; account: string; revoked: unknown }[];
  expect(listed).toMatchObject({ account: "somebody", revoked: null });
  expect(JSON.stringify(listed)).not.toContain(client.key);
  await keys("revoke", listed?.id ?? "");
  await expect(again.batch(id)).rejects.toMatchObject({ status: 401 });
  await stopped(worker);
  await site.close();
});

test("a port in use is reported with a command that uses another", async () => {
  const site = await startSite();
  const command = npmRun("dev", ["--port", String(site.port)]);
  commands.push(command);
  expect(await command.ended).toBe(1);
  expect(command.stderr()).toContain(`npm run dev -- --port ${site.port + 1}`);
  await site.close();
});
