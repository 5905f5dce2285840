/** The arguments of `npm run batch`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readOptions } from "../../../../scripts/batch/options.ts";

const folder = mkdtempSync(join(tmpdir(), "trawl-batch-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (args: string[], env: NodeJS.ProcessEnv = {}) => readOptions(args, { INIT_CWD: folder, ...env });

describe("the arguments", () => {
  it("are a file and nothing else for a Trawl on this machine", () => {
    expect(read(["urls.txt"])).toEqual({
      source: join(folder, "urls.txt"),
      out: join(folder, "results"),
      formats: ["markdown"],
      request: {},
      toStdout: false,
      url: undefined,
      key: undefined,
    });
  });

  it("may name a deployment, or the environment does", () => {
    const deployed = { url: "https://trawl.example", key: "trawl_1" };
    expect(read(["-", "--url", "https://trawl.example/x", "--key", "trawl_1"])).toMatchObject(deployed);
    const environment = { TRAWL: "https://trawl.example", TRAWL_KEY: "trawl_1" };
    expect(read(["https://a.example/sitemap.xml"], environment)).toMatchObject({
      ...deployed,
      source: "https://a.example/sitemap.xml",
    });
  });

  it("become fields of the request", () => {
    writeFileSync(join(folder, "options.json"), '{"country": "DE"}');
    expect(read(["urls.txt", "--options", "options.json", "--parser", "@trawl/article"])).toMatchObject({
      formats: ["json"],
      request: { country: "DE", parser: { id: "@trawl/article" } },
    });
    expect(read(["urls.txt", "--formats", "text, html"]).formats).toEqual(["html", "text"]);
  });

  writeFileSync(join(folder, "items.json"), '{"items": []}');
  writeFileSync(join(folder, "list.json"), "[]");
  const rows: [args: string[], message: string | RegExp][] = [
    [[], "Give a FILE with URLs."],
    [["a.txt", "b.txt"], "Give one FILE, got 2."],
    [["a.txt", "--resume"], "Give a FILE or --resume, not both."],
    [["--resume", "--formats", "html"], /A batch is resumed as it was started/],
    [
      ["a.txt", "--formats", "pdf"],
      '--formats must be one or more of html, markdown, json, text, got "pdf".',
    ],
    [["a.txt", "--to", "csv"], '--to must be ndjson, got "csv".'],
    [["a.txt", "--to", "ndjson", "--out", "x"], /--to ndjson writes no files/],
    [["a.txt", "--url", "example.com"], '--url must be an http or https URL, got "example.com".'],
    [["a.txt", "--options", "none.json"], /--options: none.json cannot be read: ENOENT/],
    [["a.txt", "--options", "items.json"], /must not have items/],
    [["a.txt", "--options", "list.json"], /must hold a JSON object/],
    [["a.txt", "--unknown"], /--unknown/],
  ];
  it.each(rows)("are refused with a reason: %j", (args, message) => {
    expect(() => read(args)).toThrow(message);
  });
});
