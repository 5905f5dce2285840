/** Lets Node load the Worker: with the runtime's modules, texts as modules, and a model in place of rendering. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const replacements = new Map([
  ["cloudflare:workers", new URL("./cloudflare-workers.ts", import.meta.url).href],
  [
    new URL("../../src/render/render-page.ts", import.meta.url).href,
    new URL("./render-page.ts", import.meta.url).href,
  ],
]);

export function installModuleHooks(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const replacement = replacements.get(specifier);
      if (replacement) return { url: replacement, shortCircuit: true };
      const resolved = next(specifier, context);
      return { ...resolved, url: replacements.get(resolved.url) ?? resolved.url };
    },
    load(url, context, next) {
      if (url.endsWith(".page.js")) return moduleOf(JSON.stringify(readFileSync(fileURLToPath(url), "utf8")));
      if (url.endsWith(".bin")) {
        const bytes = JSON.stringify(readFileSync(fileURLToPath(url), "base64"));
        return moduleOf(`new Uint8Array(Buffer.from(${bytes}, "base64")).buffer`);
      }
      return next(url, context);
    },
  });
}

function moduleOf(expression: string) {
  return { format: "module", source: `export default ${expression};`, shortCircuit: true };
}
