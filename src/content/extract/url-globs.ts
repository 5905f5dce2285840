/** Globs over addresses, as `include_links` and `exclude_links` have them. */
import picomatch from "picomatch";
import { RE2JS } from "re2js";

/**
 * What picomatch writes into its expressions against `.` and `..` in paths, and against empty segments. Addresses have
 * none of the former, and RE2 has no look-ahead.
 */
const lookAheads: [from: string, to: string][] = [
  ["(?!\\.{1,2}(?:\\/|$))", ""],
  ["(?!(?:^|\\/)\\.{1,2}(?:\\/|$))", ""],
  ["(?=.)[^/]*?", "[^/]+?"],
  ["(?=.)", ""],
];

/**
 * `*` stands for anything but a slash, `**` for anything, `?` for one character, `[abc]` and `{a,b}` for one of several.
 * A glob is held against the full address, against its path with and without the query, and, if it has no slash, against
 * the last part of the path: `https://shop.example/**`, `/blog/*`, `*.pdf`.
 *
 * picomatch reads the globs; RE2 matches them, in linear time: globs come from clients, and in JavaScript's own regular
 * expressions a glob like `*a*a*a*b` takes for ever.
 */
export class GlobList {
  private readonly all: RE2JS;
  private readonly ofLastPart: RE2JS | null;

  constructor(globs: readonly string[]) {
    this.all = anyOf(globs);
    const short = globs.filter((glob) => !glob.includes("/"));
    this.ofLastPart = short.length > 0 ? anyOf(short) : null;
  }

  matches({ href, pathname, search }: URL): boolean {
    const path = readable(pathname);
    const subjects = new Set([href, pathname, path, pathname + search, path + readable(search)]);
    for (const subject of subjects) if (this.all.testExact(subject)) return true;
    return this.ofLastPart?.testExact(path.slice(path.lastIndexOf("/") + 1)) ?? false;
  }
}

function anyOf(globs: readonly string[]): RE2JS {
  return RE2JS.compile(globs.map((glob) => `(?:${expressionOf(glob)})`).join("|"), RE2JS.DOTALL);
}

/** A glob that is none, such as one with an open bracket, stands for itself. */
function expressionOf(glob: string): string {
  try {
    // To picomatch, round brackets and their like are regular expressions. In addresses they are what they are.
    const escaped = glob.replace(/[()|+^$]/g, "\\$&");
    let { source } = picomatch.makeRe(escaped, { dot: true, nonegate: true, noextglob: true });
    for (const [from, to] of lookAheads) source = source.replaceAll(from, to);
    RE2JS.compile(source);
    return source;
  } catch {
    return RE2JS.quote(glob);
  }
}

function readable(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURI(encoded);
  } catch {
    return encoded;
  }
}
