/**
 * The folder with a batch's results: each page's contents in files, and `items.ndjson` with a line for each item. The file
 * `batch.json` says which batches these are. The last line of each tells where to go on.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Format, fileExtensions } from "../../src/content/stored-formats.ts";
import { UsageError } from "../command-line/arguments.ts";
import type { Exported } from "../trawl/client.ts";
import { Tally } from "./tally.ts";

export interface Work {
  /** Where Trawl runs. */
  url: string;
  batches: string[];
  formats: Format[];
}

/** In bytes. File systems allow 255, for the name with its ending. */
const MAX_NAME = 200;
/** Names of devices on Windows. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

export class Results {
  readonly #folder: string;
  readonly #itemsFile: string;
  /** Names in use, in lower case: some file systems do not tell cases apart. */
  readonly #names = new Set<string>();
  /** The last cursor of each batch. */
  readonly #cursors = new Map<string, number>();
  /** Of earlier runs. Whoever writes an item adds it. */
  readonly tally = new Tally();
  work: Work;

  private constructor(folder: string, work: Work) {
    this.#folder = folder;
    this.#itemsFile = join(folder, "items.ndjson");
    this.work = work;
  }

  /**
   * Writes nothing before `keep` is called.
   *
   * @throws {UsageError} if the folder has results already
   */
  static create(folder: string, work: Work): Results {
    if (!existsSync(join(folder, "batch.json"))) return new Results(folder, work);
    const message =
      "has the results of another batch. Go on with that one (--resume), or choose another --out.";
    throw new UsageError(`${folder} ${message}`);
  }

  /** @throws {UsageError} if the folder has no results */
  static open(folder: string): Results {
    const file = join(folder, "batch.json");
    if (!existsSync(file)) throw new UsageError(`There is no batch to resume in ${folder}.`);
    const results = new Results(folder, JSON.parse(readFileSync(file, "utf8")) as Work);
    results.#read();
    return results;
  }

  /** Writes which batches these are. */
  keep(): void {
    mkdirSync(join(this.#folder, "pages"), { recursive: true });
    writeFileSync(join(this.#folder, "batch.json"), `${JSON.stringify(this.work, null, 2)}\n`);
  }

  cursorOf(batch: string): number {
    return this.#cursors.get(batch) ?? 0;
  }

  /** Writes an item's contents, then its line. If that is interrupted, the next run does it again. */
  write(batch: string, exported: Exported): void {
    const { item, contents } = splitContents(exported);
    const files: Record<string, string> = {};
    const name = this.#newName(item.custom_id);
    for (const [format, content] of Object.entries(contents)) {
      if (content === null) continue;
      const file = `pages/${name}.${fileExtensions[format as Format]}`;
      writeFileSync(join(this.#folder, file), content);
      files[format] = file;
    }
    const line = { batch_id: batch, ...item, files };
    appendFileSync(this.#itemsFile, `${JSON.stringify(line)}\n`);
    this.#cursors.set(batch, item.cursor);
  }

  /** Reads what an earlier run has written. A line that it did not finish is removed. */
  #read(): void {
    if (!existsSync(this.#itemsFile)) return;
    const content = readFileSync(this.#itemsFile);
    const whole = content.subarray(0, content.lastIndexOf(10) + 1);
    if (whole.length < content.length) truncateSync(this.#itemsFile, whole.length);
    for (const line of whole.toString("utf8").split("\n")) {
      if (line === "") continue;
      const item = JSON.parse(line) as Line;
      this.#cursors.set(item.batch_id, item.cursor);
      this.tally.add(item);
      for (const file of Object.values(item.files)) {
        this.#names.add(file.slice("pages/".length, file.lastIndexOf(".")).toLowerCase());
      }
    }
  }

  /** A file name that says which page it is, and that no other page has. */
  #newName(customId: string): string {
    const slug = customId
      .normalize("NFC")
      .replace(/^https?:\/\/(www\.)?/i, "")
      .replace(/[^\p{L}\p{N}._-]+/gu, "-")
      .replace(/^[-.]+/, "");
    const plain = firstBytes(slug, MAX_NAME).replace(/[-.]+$/, "");
    const hash = createHash("sha256").update(customId).digest("hex").slice(0, 8);
    const base = plain === "" || reserved.test(plain) ? "page" : plain;
    let name = base === plain ? plain : `${base}-${hash}`;
    for (let n = 1; this.#names.has(name.toLowerCase()); n += 1) {
      name = n === 1 ? `${base}-${hash}` : `${base}-${hash}-${n}`;
    }
    this.#names.add(name.toLowerCase());
    return name;
  }
}

/** The start of a text that has at most so many bytes in UTF-8. */
function firstBytes(text: string, bytes: number): string {
  const kept = Buffer.from(text).subarray(0, bytes).toString("utf8");
  // A character that was cut apart.
  return kept.replace(/\uFFFD+$/, "");
}

interface Line {
  batch_id: string;
  cursor: number;
  error?: { code: string } | undefined;
  files: Record<string, string>;
}

function splitContents(exported: Exported) {
  const { html_content, markdown_content, json_content, text_content, ...item } = exported;
  const all = { html: html_content, markdown: markdown_content, json: json_content, text: text_content };
  const contents = Object.fromEntries(Object.entries(all).map(([format, text]) => [format, text ?? null]));
  return { item, contents };
}
