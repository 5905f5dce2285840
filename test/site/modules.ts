/** Serves frameworks from node_modules to the pages that use them. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Route } from "./page.ts";

const packages = ["preact", "htm", "vue", "lit", "lit-html", "lit-element", "@lit/reactive-element"];

/** Resolves bare imports in the browser. */
export const importMap = {
  imports: {
    preact: "/modules/preact/dist/preact.mjs",
    "preact/hooks": "/modules/preact/hooks/dist/hooks.mjs",
    htm: "/modules/htm/dist/htm.mjs",
    vue: "/modules/vue/dist/vue.esm-browser.prod.js",
    lit: "/modules/lit/index.js",
    "lit-html": "/modules/lit-html/lit-html.js",
    "lit-html/": "/modules/lit-html/",
    "lit-element/": "/modules/lit-element/",
    "@lit/reactive-element": "/modules/@lit/reactive-element/reactive-element.js",
  },
};

const nodeModules = new URL("../../node_modules/", import.meta.url);

export const moduleRoutes: Route[] = [
  {
    pattern: "/modules/*",
    respond: async ({ url }) => {
      const file = url.pathname.slice("/modules/".length);
      if (file.includes("%") || !packages.some((name) => file.startsWith(`${name}/`))) return { status: 404 };
      const body = await readFile(fileURLToPath(new URL(file, nodeModules).href)).catch(() => null);
      if (!body) return { status: 404 };
      return {
        headers: { "content-type": "text/javascript", "cache-control": "public, max-age=3600" },
        body,
      };
    },
  },
];
