/** What the documents say that code knows: variables, routes, codes and parsers. */
import { describe, expect, it } from "vitest";
import configuration from "../../docs/configuration.md?raw";
import parsersGuide from "../../docs/parsers.md?raw";
import guide from "../../docs/using-the-api.md?raw";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";
import { problemTypes } from "../../src/api/problem-types.ts";
import { builtInParsers } from "../../src/parsers/built-in.ts";
import { listVariables } from "../../src/settings.ts";

/** The lines of a section, up to the next heading of the same level or a higher one. */
function section(document: string, heading: string): string {
  const [, level = "", rest = ""] = new RegExp(`^(#+) ${heading}\\n([\\s\\S]*)`, "m").exec(document) ?? [];
  return rest.split(new RegExp(`^#{1,${level.length}} `, "m"))[0] ?? "";
}

/** What stands in backticks in the first cells of a table's rows. */
function rowNames(text: string): string[] {
  return Array.from(text.matchAll(/^\| `([^`]+)` \|/gm), ([, name = ""]) => name);
}

describe("docs/configuration.md", () => {
  it("has a row for every variable, as src/settings.ts describes it, and no other", () => {
    const rows = Array.from(configuration.matchAll(/^\| `[A-Z_]+` \| `.*$/gm), ([row]) => row);
    const described = listVariables().map(
      ({ name, default: value, unit, rule, description }) =>
        `| \`${name}\` | \`${value}\` | ${unit ?? "–"} | ${rule} | ${description} |`,
    );
    expect(rows.sort()).toEqual(described.sort());
  });
});

describe("docs/using-the-api.md", () => {
  it("has a line to paste for every route under /v1, parsers being in a guide of their own", () => {
    const lines = guide + parsersGuide;
    const calls = Array.from(lines.matchAll(/curl [^\n]*?"\$TRAWL(\/[^"?]*)/g), ([, path]) => path ?? "");
    const routes = Object.keys(openApiDocument().paths ?? {}).filter((path) => path.startsWith("/v1/"));
    expect(routes.length).toBeGreaterThan(5);
    const missing = routes.filter((route) => {
      const pattern = new RegExp(`^${route.replace(/\{[^}]+\}/g, "\\$[A-Z]+")}$`);
      return !calls.some((path) => pattern.test(path));
    });
    expect(missing).toEqual([]);
  });

  it("lists every error code of the API, and no other", () => {
    const table = section(guide, "Errors");
    const codes = Array.from(table.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g), ([, code]) => code);
    expect(codes.sort()).toEqual(Object.keys(problemTypes).sort());
  });
});

describe("docs/parsers.md", () => {
  it("lists every built-in parser, and the other ids it is known by", () => {
    const text = section(parsersGuide, "Built-in parsers");
    expect(rowNames(text)).toEqual(builtInParsers.map(({ id }) => id));
    const aliases = Array.from(text.matchAll(/`(@olostep\/[a-z-]+)`/g), ([, id]) => id);
    expect(aliases).toEqual(builtInParsers.flatMap(({ aliases }) => aliases));
  });
});
