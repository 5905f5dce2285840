/** `npm run batch`, against a real Trawl and the test site. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startTemporaryTrawl, type TemporaryTrawl } from "../../scripts/trawl/temporary-trawl.ts";
import { type Site, startSite } from "../site/server.ts";
import { npmRun } from "./command.ts";

let site: Site;
let trawl: TemporaryTrawl;
const folder = mkdtempSync(join(tmpdir(), "trawl-batch-"));

beforeAll(async () => {
  [site, trawl] = await Promise.all([startSite(), startTemporaryTrawl("batch")]);
});

afterAll(async () => {
  await trawl?.stop();
  await site?.close();
  rmSync(folder, { recursive: true });
});

const batch = (...args: string[]) =>
  npmRun("batch", args, { TRAWL: trawl.client.origin, TRAWL_KEY: trawl.client.key });

function write(name: string, lines: string[]): void {
  writeFileSync(path(name), `${lines.join("\n")}\n`);
}

const path = (name: string) => join(folder, name);

const itemsIn = (out: string) =>
  readFileSync(join(path(out), "items.ndjson"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("npm run batch", () => {
  test("writes each page to a file, says what failed, and exits with 1 then", async () => {
    write("urls.csv", [
      "url,custom_id,section",
      `${site.origin}/tiny/1,one,tiny`,
      `${site.origin}/tiny/2,two,`,
      `${site.origin}/news/missing-story,three,news`,
    ]);
    const command = batch(path("urls.csv"), "--out", path("results"), "--formats", "markdown,html");
    expect(await command.ended).toBe(1);
    expect(command.stdout()).toBe("");
    expect(command.stderr()).toMatch(
      /2 of 3 pages succeeded, 1 failed \(http_error 1\)\. Results are in \S+results\./,
    );
    expect(readdirSync(join(path("results"), "pages")).sort()).toEqual([
      "one.html",
      "one.md",
      "two.html",
      "two.md",
    ]);
    expect(readFileSync(join(path("results"), "pages", "two.md"), "utf8")).toContain("# Tiny page 2");
    const items = itemsIn("results");
    expect(items.map(({ custom_id }) => custom_id).sort()).toEqual(["one", "three", "two"]);
    expect(items.find(({ custom_id }) => custom_id === "one").metadata).toEqual({ section: "tiny" });
  });

  test("writes lines to standard output for a pipe", async () => {
    write(
      "piped.txt",
      [1, 2, 3].map((n) => `${site.origin}/tiny/${n}`),
    );
    const command = batch(path("piped.txt"), "--to", "ndjson");
    expect(await command.ended).toBe(0);
    const lines = command.stdout().trim().split("\n");
    const titles = lines.map((line) => JSON.parse(line).markdown_content.match(/# (.*)/)[1]);
    expect(titles.sort()).toEqual(["Tiny page 1", "Tiny page 2", "Tiny page 3"]);
  });

  test("leaves the batch running when it is interrupted, and goes on where it was", async () => {
    const held = await heldPage();
    write("slow.txt", [`${site.origin}/tiny/5`, held.url]);
    const command = batch(path("slow.txt"), "--out", path("slow"));
    await expect.poll(() => itemsOrNone("slow"), { timeout: 20_000 }).toHaveLength(1);
    command.signal("SIGINT");
    await command.ended;
    expect(command.stderr()).toMatch(
      /The batch goes on\. To go on here: npm run batch -- --resume --out \S+slow\n/,
    );
    held.release();
    const resumed = batch("--resume", "--out", path("slow"));
    expect(await resumed.ended).toBe(0);
    expect(resumed.stderr()).toContain("2 of 2 pages succeeded.");
    expect(itemsIn("slow").map(({ cursor }) => cursor)).toEqual([1, 2]);
  });

  test("passes options on, and shows what the API refuses", async () => {
    write("one.txt", [`${site.origin}/tiny/1`]);
    write("options.json", ['{"links_on_page": {}, "metadata": {"order": "7"}}']);
    const command = batch(path("one.txt"), "--out", path("options"), "--options", path("options.json"));
    expect(await command.ended).toBe(0);
    const [item] = itemsIn("options");
    expect(item.links_on_page).toBeInstanceOf(Array);
    expect((await trawl.client.batch(item.batch_id)).metadata).toEqual({ order: "7" });

    write("wrong.json", ['{"country": "Germany"}']);
    const refused = batch(path("one.txt"), "--out", path("refused"), "--options", path("wrong.json"));
    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toMatch(/POST \/v1\/batches: 400 country: /);
    expect(readdirSync(folder)).not.toContain("refused");
  });
});

/** A page whose server answers when it is told to. */
async function heldPage(): Promise<{ url: string; release(): void }> {
  const held: ServerResponse[] = [];
  let isReleased = false;
  const answer = (response: ServerResponse) =>
    response.setHeader("Content-Type", "text/html").end("<h1>Held</h1>");
  const server = createServer((_, response) => {
    if (isReleased) answer(response);
    else held.push(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    release() {
      isReleased = true;
      for (const response of held) answer(response);
    },
  };
}

function itemsOrNone(out: string): unknown[] {
  try {
    return itemsIn(out);
  } catch {
    return [];
  }
}
