/**
 * Pages in the shape of reference documentation: a long sidebar, members with permanent links, signatures with highlighted
 * code, tables of parameters, cross-references. `npm run bench -- --set reference` renders them.
 */
import type { Route } from "../page.ts";

const kilobyte = 1000;
/** Sizes take turns. Most pages are of 20 to 120 KB, and one in fifty of 2 MB; 120 KB on average. */
const sizes = Array.from({ length: 50 }, (_, n) => {
  if (n === 49) return 2000 * kilobyte;
  if (n % 25 === 12) return 400 * kilobyte;
  return (20 + ((n * 37) % 50) * 2) * kilobyte;
});

const words =
  "returns the current reading of a gauge or an error if its mount has been removed since it was opened and no other caller holds it".split(
    " ",
  );
const types = ["Gauge", "Reading", "Mount", "Interval", "Harbor", "Result", "Option", "Datum"];

/** Deterministic text of `count` words, different for each `seed`. */
const prose = (seed: number, count: number) =>
  Array.from({ length: count }, (_, n) => words[(seed * 7 + n * (1 + (seed % 5))) % words.length]).join(" ");

const typeName = (seed: number) => types[seed % types.length] ?? "Gauge";

const link = (page: number, seed: number) =>
  `<a class="type" href="/reference/${page}#${typeName(seed)}.m${seed}" title="struct ${typeName(seed)}">${typeName(seed)}</a>`;

const token = (kind: string, text: string) => `<span class="${kind}">${text}</span>`;

const example = (seed: number) =>
  Array.from({ length: 5 + (seed % 6) }, (_, line) =>
    [
      token("kw", "let"),
      ` reading_${line} = `,
      token("fn", `${typeName(seed + line).toLowerCase()}_${line}`),
      `(${token("num", String(seed + line))}, ${token("str", `"${prose(seed + line, 2)}"`)})?; `,
      token("comment", `// ${prose(seed + line, 5)}`),
    ].join(""),
  ).join("\n");

const member = (page: number, seed: number) => `
<section class="member" id="m${seed}">
  <h3 class="code-header"><a href="#m${seed}" class="anchor">§</a><code>pub fn m${seed}(&amp;self, at: ${link(page, seed)}) -&gt; ${link(page + 1, seed + 1)}&lt;${link(page, seed + 2)}&gt;</code></h3>
  <details open><summary><span class="since">1.${seed % 90}.0</span></summary>
  <div class="docblock"><p>${prose(seed, 30)}. See ${link(page + 2, seed + 3)} and <a href="#m${seed - 1}"><code>m${seed - 1}</code></a>.</p>
  <table><thead><tr><th>Parameter</th><th>Type</th><th>Description</th></tr></thead><tbody>
  ${[1, 2].map((n) => `<tr><td><code>p${n}</code></td><td>${link(page, seed + n)}</td><td>${prose(seed + n, 9)}</td></tr>`).join("\n  ")}
  </tbody></table>
  <h4 id="m${seed}-examples"><a href="#m${seed}-examples" class="anchor">§</a>Examples</h4>
  <pre class="rust"><code>${example(seed)}</code></pre></div></details>
</section>`;

const script = `
  const count = document.querySelectorAll(".member").length;
  document.querySelector("#count").textContent = count + " members in this reference";
  document.querySelector("#filter").addEventListener("input", ({ target }) => {
    for (const item of document.querySelectorAll(".sidebar li")) item.hidden = !item.textContent.includes(target.value);
  });`;

function referencePage(n: number): string {
  const size = sizes[(n - 1) % sizes.length] ?? 0;
  const members: string[] = [];
  const items: string[] = [];
  for (let bytes = 4 * kilobyte, m = 1; bytes < size; m += 1) {
    const html = member(n, n + m);
    members.push(html);
    items.push(`<li><a href="#m${n + m}">m${n + m}</a></li>`);
    bytes += html.length + 45;
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Reference ${n} – Tide gauges</title>
<meta name="description" content="Members of module ${n}."><link rel="stylesheet" href="/assets/site.css"></head>
<body class="rustdoc">
<nav class="sidebar"><h2><a href="/reference/${n}">Module ${n}</a></h2><input id="filter" type="search" placeholder="Filter"><ul class="block">
${items.join("\n")}
</ul></nav>
<main><div class="main-heading"><h1>Module <span>${n}</span></h1><p id="count"></p></div>
<div class="docblock"><p>${prose(n, 60)}.</p></div>
<h2 id="members"><a href="#members" class="anchor">§</a>Members</h2>${members.join("")}
<p>End of reference</p></main>
<script>${script}</script></body></html>`;
}

export const referenceRoutes: Route[] = [
  { pattern: "/reference/:n", respond: ({ params }) => ({ body: referencePage(Number(params.n)) }) },
];
