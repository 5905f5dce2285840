/** Globs that match URLs, for `include_links` and `exclude_links`. */
import picomatch from "picomatch";
import { RE2JS } from "re2js";

/**
 * Lookaheads that picomatch adds to exclude `.`, `..` and empty path segments, and what replaces them: RE2 has no lookahead,
 * and URLs have no `.` or `..` segments.
 */
const lookaheads: [from: string, to: string][] = [
  ["(?!\\.{1,2}(?:\\/|$))", ""],
  ["(?!(?:^|\\/)\\.{1,2}(?:\\/|$))", ""],
  ["(?=.)[^/]*?", "[^/]+?"],
  ["(?=.)", ""],
];

/**
 * A list of globs. `*` matches anything but a slash, `**` anything, `?` one character, `[abc]` and `{a,b}` one of several.
 *
 * A glob is matched against the full URL, against the path with and without the query, and, if it has no slash, against the
 * last segment of the path: `https://shop.example/**`, `/blog/*`, `*.pdf`.
 *
 * picomatch parses the globs and RE2 matches them, in linear time. Globs come from clients, and a JavaScript regular
 * expression may take exponential time for a glob such as `*a*a*a*b`.
 */
export class GlobList {
  private readonly all: RE2JS;
  private readonly ofLastSegment: RE2JS | null;

  constructor(globs: readonly string[]) {
    this.all = anyOf(globs);
    const short = globs.filter((glob) => !glob.includes("/"));
    this.ofLastSegment = short.length > 0 ? anyOf(short) : null;
  }

  matches({ href, pathname, search }: URL): boolean {
    const path = decodedUri(pathname);
    const subjects = new Set([href, pathname, path, pathname + search, path + decodedUri(search)]);
    for (const subject of subjects) if (this.all.testExact(subject)) return true;
    return this.ofLastSegment?.testExact(path.slice(path.lastIndexOf("/") + 1)) ?? false;
  }
}

/** How many wildcards a glob has: runs of stars, question marks, classes and groups. */
export function wildcardsIn(glob: string): number {
  return glob.match(/\*+|[?[{]/g)?.length ?? 0;
}

function anyOf(globs: readonly string[]): RE2JS {
  return RE2JS.compile(globs.map((glob) => `(?:${expressionOf(glob)})`).join("|"), RE2JS.DOTALL);
}

/** An invalid glob, such as one with an unclosed bracket, matches only itself. */
function expressionOf(glob: string): string {
  try {
    // picomatch reads these as regular expressions. In URLs they are literal.
    const escaped = glob.replace(/[()|+^$]/g, "\\$&");
    let { source } = picomatch.makeRe(escaped, { dot: true, nonegate: true, noextglob: true });
    for (const [from, to] of lookaheads) source = source.replaceAll(from, to);
    RE2JS.compile(source);
    return source;
  } catch {
    return RE2JS.quote(glob);
  }
}

function decodedUri(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURI(encoded);
  } catch {
    return encoded;
  }
}
