/** What the README says that code can check: its variables, its commands, its routes. */
import { describe, expect, it } from "vitest";
import packageJson from "../package.json";
import readme from "../README.md?raw";
import { openApiDocument } from "../src/api/docs/openapi-document.ts";
import { settings } from "../src/settings.ts";

describe("the README", () => {
  it("lists every setting with its default, and no other", () => {
    const table = /\n## Configuration\n(.*?)\n## /s.exec(readme)?.[1] ?? "";
    const rows = [...table.matchAll(/^\| `([A-Z_]+)` \| (.+?) \|/gm)].map(([, name, given]) => [name, given]);
    const defaults = Object.entries(settings({})).map(([name, value]) => [name, `\`${value}\``]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(defaults));
  });

  it("names only commands that there are", () => {
    const named = [...readme.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
  });

  it("has a curl line for every route under /v1", () => {
    const calls = [...readme.matchAll(/curl [^\n]*?"\$TRAWL(\/[^"?]*)/g)].map(([, path]) => path ?? "");
    const routes = Object.keys(openApiDocument().paths ?? {}).filter((path) => path.startsWith("/v1/"));
    const missing = routes.filter((route) => {
      const pattern = new RegExp(`^${route.replace(/\{[^}]+\}/g, "\\$[A-Z]+")}$`);
      return !calls.some((path) => pattern.test(path));
    });
    expect(missing).toEqual([]);
  });
});
