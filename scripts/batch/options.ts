/** The arguments of `npm run batch`. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formats as allFormats, type Format } from "../../src/content/stored-formats.ts";
import { parseArguments, UsageError } from "../command-line/arguments.ts";
import { localOrigin, originIn } from "../trawl/origin.ts";

export const usage = `Usage: npm run batch -- FILE [OPTIONS]
       npm run batch -- --resume [OPTIONS]

Renders the pages that FILE names, and writes each to a file when it has finished.

FILE is one of these, or - for standard input, or the URL of a sitemap:
  a list         One URL per line. Lines that start with # are skipped
  a CSV file     With a column url. custom_id names a page; other columns become its metadata
  a sitemap      Or a sitemap index

Options:
  --out DIR          Where to write (default: results). Pages go to DIR/pages, and a line for
                     each item to DIR/items.ndjson
  --formats LIST     html, markdown, text, json, separated by commas (default: markdown;
                     with --parser: json)
  --parser ID        The parser that makes JSON of each page
  --options FILE     More fields of the request, as a JSON object: country, links_on_page,
                     metadata, webhook and so on
  --to ndjson        Write items with their contents to standard output, and no files
  --resume           Go on with the batch in --out
  --url URL          Where Trawl runs (default: ${localOrigin}, as npm run dev)
  --key KEY          API key. Not needed for npm run dev
  -h, --help         Show this help

Environment:
  TRAWL, TRAWL_KEY   The same as --url and --key. Other users of this machine can see
                     arguments, but not the environment

Ctrl-C leaves the batch running. Exits with 1 if a page fails, and with 2 for wrong arguments.`;

export interface Options {
  /** Undefined to resume. */
  source: string | undefined;
  out: string;
  formats: Format[];
  /** Fields of the request, besides the items. */
  request: Record<string, unknown>;
  toStdout: boolean;
  url: string | undefined;
  key: string | undefined;
}

const string = { type: "string" } as const;

/** @throws {UsageError} */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: {
      out: string,
      formats: string,
      parser: string,
      options: string,
      to: string,
      resume: { type: "boolean", default: false },
      url: string,
      key: string,
    },
  });
  // npm runs scripts in the package's folder, wherever it was called.
  const path = (given: string) => resolve(env.INIT_CWD ?? ".", given);
  const [source, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Give one FILE, got ${positionals.length}.`);
  if (values.resume && source !== undefined) throw new UsageError("Give a FILE or --resume, not both.");
  if (!values.resume && source === undefined) throw new UsageError("Give a FILE with URLs.");
  if (values.to !== undefined && values.to !== "ndjson") {
    throw new UsageError(`--to must be ndjson, got ${JSON.stringify(values.to)}.`);
  }
  const toStdout = values.to === "ndjson";
  if (toStdout && (values.resume || values.out !== undefined)) {
    throw new UsageError("--to ndjson writes no files: leave out --out and --resume.");
  }
  if (values.resume && (values.formats ?? values.parser ?? values.options) !== undefined) {
    throw new UsageError(
      "A batch is resumed as it was started: leave out --formats, --parser and --options.",
    );
  }
  const url = values.url ?? env.TRAWL;
  return {
    source: source === undefined || source === "-" || /^https?:\/\//i.test(source) ? source : path(source),
    out: path(values.out ?? "results"),
    formats: formatsIn(values.formats) ?? [values.parser === undefined ? "markdown" : "json"],
    request: {
      ...requestFields(values.options, path),
      ...(values.parser !== undefined && { parser: { id: values.parser } }),
    },
    toStdout,
    url: url === undefined ? undefined : originIn(url),
    key: values.key ?? env.TRAWL_KEY,
  };
}

function formatsIn(list: string | undefined): Format[] | undefined {
  if (list === undefined) return undefined;
  const wanted = list.split(",").map((name) => name.trim());
  const unknown = wanted.find((name) => !allFormats.some((format) => format === name));
  if (unknown === undefined) return allFormats.filter((format) => wanted.includes(format));
  throw new UsageError(
    `--formats must be one or more of ${allFormats.join(", ")}, got ${JSON.stringify(unknown)}.`,
  );
}

function requestFields(file: string | undefined, path: (given: string) => string): Record<string, unknown> {
  if (file === undefined) return {};
  let fields: unknown;
  try {
    fields = JSON.parse(readFileSync(path(file), "utf8"));
  } catch (error) {
    throw new UsageError(`--options: ${file} cannot be read: ${(error as Error).message}.`);
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw new UsageError(`--options: ${file} must hold a JSON object.`);
  }
  if ("items" in fields)
    throw new UsageError(`--options: ${file} must not have items: FILE names the pages.`);
  return fields as Record<string, unknown>;
}
