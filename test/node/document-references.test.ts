/** What the documents refer to exists: files, headings, commands, log events and failure codes. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { root } from "../../scripts/setup/environment.mjs";
import { failureCodes } from "../../src/protocol/failure-codes.ts";
import { shellBlocks } from "../documents/shell-blocks.ts";

const names = globSync(["*.md", "docs/**/*.md", "examples/**/*.md", "bench/*/README.md"], {
  cwd: root,
}).sort();
const documents = names.map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
const sources = globSync("src/**/*.ts", { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));

const textOf = (name: string) => documents.find((document) => document.name === name)?.text ?? "";
const sectionOf = (name: string, heading: string) =>
  textOf(name)
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`)) ?? "";
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, "");

/** Ids of a document's headings, as GitHub makes them. */
function anchors(text: string): string[] {
  return Array.from(withoutCode(text).matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
}

test("the README is shorter than 200 lines", () => {
  expect(textOf("README.md").split("\n").length).toBeLessThan(200);
});

test("every relative link leads to a file, and to a heading if it names one", () => {
  const broken = documents.flatMap(({ name, text }) =>
    Array.from(withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target)
      .filter((target) => !/^(https?|mailto):/.test(target))
      .filter((target) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? name : normalize(join(dirname(name), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchors(readFileSync(join(root, file), "utf8")).includes(anchor);
      })
      .map((target) => `${name}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("every path of the repository that a document names exists", () => {
  const pattern = /(?<![\w/.-])(?:src|test|scripts|docs|examples|bench|migrations)\/[\w./-]*\w\/?/g;
  const missing = documents.flatMap(({ name, text }) =>
    Array.from(text.replace(/\]\([^)]*\)/g, "]").matchAll(pattern), ([path]) => path)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${name}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test("every command that a document names is one of package.json", () => {
  const named = documents.flatMap(({ name, text }) =>
    Array.from(text.matchAll(/npm run\s+(?:--silent\s+)?([a-z]+(?::[a-z]+)*)/g), ([, command = ""]) => ({
      name,
      command,
    })),
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(({ command }) => !(command in packageJson.scripts))).toEqual([]);
});

test("every log event that the operator's guide names is written somewhere", () => {
  const table = sectionOf("docs/operating.md", "Logs");
  const events = Array.from(table.matchAll(/`([a-z]+\.[a-z_]+)`/g), ([, event = ""]) => event);
  expect(events.length).toBeGreaterThan(20);
  // The tracker and the webhook's delivery put theirs together from the outcome.
  const built = ["item.completed", "item.failed", "item.will_retry"];
  const unknown = events.filter(
    (event) => !built.includes(event) && !sources.some((source) => source.includes(`"${event}"`)),
  );
  expect(unknown).toEqual([]);
});

test("the API guide lists every failure code with its meaning, and no other", () => {
  const table = sectionOf("docs/using-the-api.md", "When a page fails");
  const rows = Array.from(table.matchAll(/^\| `([a-z_]+)` \| (.+) \| .+ \|$/gm), ([, code, text]) => [
    code,
    text,
  ]);
  expect(Object.fromEntries(rows)).toEqual(failureCodes);
});

test("every decision has a context, a choice and a cost, and is in the list", () => {
  const records = documents.filter(({ name }) => /^docs\/decisions\/\d/.test(name));
  expect(records.length).toBeGreaterThan(10);
  for (const [i, { name, text }] of records.entries()) {
    expect(text, name).toMatch(/^# (\d+)\. /);
    expect(text, name).toMatch(new RegExp(`^# ${i + 1}\\. `));
    for (const part of ["**Context.**", "**Choice.**", "**What it costs.**"])
      expect(text, name).toContain(part);
    expect(textOf("docs/decisions/README.md")).toContain(`(${name.split("/").at(-1)})`);
  }
});

test("a shell line is never followed by a comment, which zsh would take for arguments", () => {
  const commented = documents.flatMap(({ name, text }) =>
    shellBlocks(text)
      .filter((block) => /^[^'"\n]*\s#/m.test(block.text))
      .map(({ line }) => `${name}, line ${line}`),
  );
  expect(commented).toEqual([]);
});

test("every shell block runs in the tests, or says why not", () => {
  const run = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/operating.md",
    "docs/parsers.md",
    "docs/using-the-api.md",
  ];
  const elsewhere = documents
    .filter(({ name }) => !run.includes(name) && name !== "examples/README.md")
    .filter(({ text }) => shellBlocks(text).some(({ place }) => place !== "not run"))
    .map(({ name }) => name);
  expect(elsewhere).toEqual([]);
});
