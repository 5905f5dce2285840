/** The layout of the documentation pages. They run no scripts and load nothing from other origins. */
import { html, raw } from "hono/html";

export const pageSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const style = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2128, #dde3ea); --soft: light-dark(#59636e, #9aa4b0); --page: light-dark(#fff, #12161c);
  --panel: light-dark(#f6f8fa, #1a2029); --line: light-dark(#dfe3e8, #2b333e); --link: light-dark(#0a58ca, #7db4ff);
  --get: light-dark(#0a58ca, #7db4ff); --post: light-dark(#187a3c, #63d08d); --put: light-dark(#8a5300, #e6b35c);
  --patch: light-dark(#8a5300, #e6b35c); --delete: light-dark(#b3261e, #ff8f86);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { background: var(--page); color: var(--text); font: 15px/1.6 system-ui, sans-serif; margin: 0; }
main { margin: 0 auto; max-width: 54rem; padding: 2rem 1.5rem 6rem; min-width: 0; width: 100%; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; margin: 0 0 0.5em; }
h2 { border-bottom: 1px solid var(--line); font-size: 1.5rem; margin: 3.5rem 0 0.8rem; padding-bottom: 0.3em; }
h3 { font-size: 1.15rem; margin: 2.8rem 0 0.4rem; }
h4 { color: var(--soft); font-size: 0.75rem; letter-spacing: 0.06em; margin: 1.6rem 0 0.4rem; text-transform: uppercase; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
h2 > a, h3 > a { color: inherit; }
code, pre { font: 0.86em/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
p code, td p code, li code { background: var(--panel); border-radius: 4px; padding: 0.1em 0.3em; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; margin: 0.6em 0; overflow-x: auto; padding: 0.8em 1em; }
table { border-collapse: collapse; font-size: 0.93em; margin: 0.4em 0; width: 100%; }
th { color: var(--soft); font-size: 0.85em; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: 0.5em 1em 0.5em 0; text-align: left; vertical-align: top; }
td:first-child { white-space: nowrap; }
td p { margin: 0; }
td p + p { margin-top: 0.4em; }
small { color: var(--soft); }
.required { color: var(--delete); font-size: 0.8em; }
.method { color: var(--get); font: 700 0.8em/1 ui-monospace, monospace; }
.POST { color: var(--post); } .PUT { color: var(--put); } .PATCH { color: var(--patch); } .DELETE { color: var(--delete); }
.route { font-size: 1.05em; margin: 0 0 0.6em; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.4em 0; }
summary { cursor: pointer; padding: 0.45em 0.8em; }
summary b { display: inline-block; min-width: 2.6em; }
.response { display: flex; gap: 0.6em; margin: 0.4em 0; padding: 0 0.8em; }
.response b { min-width: 3.2em; }
details > :not(summary) { margin: 0 0.8em 0.8em; }
nav { font-size: 0.93em; padding: 2rem 1rem 2rem 1.5rem; }
nav b { display: block; font-size: 1.05em; margin-bottom: 0.6em; }
nav h4 { margin: 1.2rem 0 0.3rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { align-items: baseline; display: flex; gap: 0.6em; padding: 0.12em 0; }
nav li a { color: var(--text); }
nav .method { flex: none; font-size: 0.68em; text-align: right; width: 3.6em; }
@media (min-width: 62rem) {
  body:has(nav) { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
  nav { border-right: 1px solid var(--line); height: 100vh; overflow-y: auto; position: sticky; top: 0; }
}
@media (max-width: 40rem) {
  table, thead, tbody, tr, td { display: block; }
  thead { display: none; }
  td { border: 0; padding: 0.1em 0; }
  td:first-child { white-space: normal; }
  tr { border-bottom: 1px solid var(--line); padding: 0.5em 0; }
}
`;

/** @param nav a sidebar, shown next to the body */
export function pageLayout(title: string, body: unknown, nav: unknown = "") {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
${nav}
<main>
${body}
</main>
</body>
</html>`;
}
