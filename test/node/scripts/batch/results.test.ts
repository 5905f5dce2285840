/** The folder that `npm run batch` writes to. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Results, type Work } from "../../../../scripts/batch/results.ts";
import type { Exported } from "../../../../scripts/trawl/client.ts";

const parent = mkdtempSync(join(tmpdir(), "trawl-batch-"));
afterAll(() => rmSync(parent, { recursive: true }));

const newFolder = () => join(parent, crypto.randomUUID());
const work = (): Work => ({ url: "http://127.0.0.1:8787", batches: ["batch_1"], formats: ["markdown"] });

function started(folder = newFolder()): { folder: string; results: Results } {
  const results = Results.create(folder, work());
  results.keep();
  return { folder, results };
}

const page = (custom_id: string, cursor: number, markdown: string | null = "text"): Exported => ({
  custom_id,
  cursor,
  retrieve_id: null,
  url: "https://example.com/",
  status: markdown === null ? "failed" : "completed",
  ...(markdown === null && { error: { code: "http_error", message: "404" } }),
  attempts: 1,
  finished_at: 1,
  markdown_content: markdown,
});

const linesIn = (folder: string) =>
  readFileSync(join(folder, "items.ndjson"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe("results", () => {
  it("are a file for each content, named by its page, and a line for each item", () => {
    const { folder, results } = started();
    results.write("batch_1", page("https://www.shop.example/a b/?q=1", 1, "# A\n"));
    results.write("batch_1", page("gone", 2, null));
    expect(readdirSync(join(folder, "pages"))).toEqual(["shop.example-a-b-q-1.md"]);
    expect(readFileSync(join(folder, "pages", "shop.example-a-b-q-1.md"), "utf8")).toBe("# A\n");
    expect(linesIn(folder)).toMatchObject([
      { batch_id: "batch_1", cursor: 1, files: { markdown: "pages/shop.example-a-b-q-1.md" } },
      { batch_id: "batch_1", cursor: 2, error: { code: "http_error" }, files: {} },
    ]);
    expect(linesIn(folder)[0]).not.toHaveProperty("markdown_content");
  });

  it("go on where they were, without the line that was being written", () => {
    const { folder, results } = started();
    results.write("batch_1", page("a", 1));
    results.write("batch_1", page("b", 2, null));
    appendFileSync(join(folder, "items.ndjson"), '{"batch_id":"batch_1","cur');
    const resumed = Results.open(folder);
    expect([resumed.cursorOf("batch_1"), resumed.cursorOf("batch_2"), resumed.tally.done]).toEqual([2, 0, 2]);
    expect([...resumed.tally.failures]).toEqual([["http_error", 1]]);
    resumed.write("batch_1", page("A", 3));
    const files = linesIn(folder).map((line) => line.files.markdown);
    expect(files).toEqual(["pages/a.md", undefined, expect.stringMatching(/^pages\/A-[0-9a-f]{8}\.md$/)]);
  });

  it("do not overwrite those of another batch, and leave nothing behind when no batch was created", () => {
    const { folder } = started();
    expect(() => Results.create(folder, work())).toThrow(/has the results of another batch/);
    const unused = newFolder();
    Results.create(unused, work());
    expect(existsSync(unused)).toBe(false);
    expect(() => Results.open(unused)).toThrow(/no batch to resume/);
  });

  it("have names that are safe and unique, whatever the ids are", () => {
    const wild = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 2048 }),
      fc.constantFrom(
        "..",
        "../../etc/passwd",
        "/",
        "CON",
        "con",
        "a",
        "A",
        "a/",
        ".hidden",
        "Straße",
        "STRASSE",
        "漢".repeat(300),
        `${"漢".repeat(300)}字`,
        "𠀀".repeat(300),
        "漢".repeat(300),
        `${"漢".repeat(300)}字`,
        "𠀀".repeat(300),
      ),
    );
    fc.assert(
      fc.property(fc.uniqueArray(wild, { minLength: 1, maxLength: 20 }), (ids) => {
        const { folder, results } = started();
        for (const [i, id] of ids.entries()) results.write("batch_1", page(id, i + 1, id));
        const files = linesIn(folder).map((line) => line.files.markdown as string);
        expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(ids.length);
        for (const [i, file] of files.entries()) {
          expect(file).toMatch(/^pages\/[\p{L}\p{N}_][\p{L}\p{N}._-]*\.md$/u);
          expect(Buffer.byteLength(file)).toBeLessThan(240);
          expect(readFileSync(join(folder, file), "utf8")).toBe(Buffer.from(ids[i] ?? "").toString());
        }
      }),
      { numRuns: 60 },
    );
  });
});
