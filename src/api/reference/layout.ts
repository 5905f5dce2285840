/** What all pages for people have in common: they need no script, and nothing from elsewhere. */
import { html, raw } from "hono/html";

export const pageSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.25; margin: 2.2em 0 0.6em; }
h1 { margin-top: 0.6em; }
h3 { border-top: 1px solid var(--line); padding-top: 1.4em; }
a { color: inherit; }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; }
pre { background: color-mix(in srgb, currentColor 6%, transparent); border-radius: 4px; overflow-x: auto; padding: 0.8em 1em; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 0.8em 0; }
th, td { border-bottom: 1px solid var(--line); padding: 0.4em 1em 0.4em 0; text-align: left; vertical-align: top; }
td p { margin: 0 0 0.4em; }
small { opacity: 0.75; }
b { font-weight: 600; font-size: 0.8em; opacity: 0.75; }
nav ul { columns: 2; padding-left: 1.2em; }
.method { font-weight: 700; }
`;

export function layout(title: string, body: unknown) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
${body}
</body>
</html>`;
}
