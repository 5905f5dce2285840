/** The stylesheet, icon, images, fonts and sounds that pages use. */
import { font, png, wav } from "./binary-files.ts";
import type { Route } from "./page.ts";

const stylesheet = `
:root { --accent: #345; --ink: #1d1f24; --paper: #fff; --line: #dcdfe4; font-size: 16px; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--accent); }
.masthead { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; padding: 1rem 2rem; border-bottom: 3px solid var(--accent); }
.masthead .brand { margin: 0; font-size: 1.3rem; font-weight: 700; }
.masthead ul { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: 0; list-style: none; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 2rem; }
footer { padding: 1.5rem 2rem; border-top: 1px solid var(--line); font-size: .875rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .4rem .6rem; border: 1px solid var(--line); text-align: start; }
pre { padding: 1rem; overflow: auto; background: #f5f6f8; }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 4px solid var(--accent); }
.grid { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); padding: 0; list-style: none; }
.card { padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
.card img { max-width: 100%; height: auto; }
.price { font-weight: 700; }
.muted { color: #667; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[hidden] { display: none; }
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#345"/></svg>`;

/** Cached, because drawing one takes milliseconds that would distort benchmarks. */
const pictures = new Map<string, Uint8Array>();
const maxPictures = 100;

function picture(name: string): Uint8Array {
  const drawn = pictures.get(name) ?? png(name);
  if (pictures.size < maxPictures) pictures.set(name, drawn);
  return drawn;
}

const cacheable = { "cache-control": "public, max-age=3600" };

export const assetRoutes: Route[] = [
  {
    pattern: "/assets/site.css",
    respond: () => ({ headers: { "content-type": "text/css", ...cacheable }, body: stylesheet }),
  },
  {
    pattern: "/assets/icon.svg",
    respond: () => ({ headers: { "content-type": "image/svg+xml", ...cacheable }, body: icon }),
  },
  {
    pattern: "/assets/img/:name.png",
    respond: ({ params }) => ({
      headers: { "content-type": "image/png", ...cacheable },
      body: picture(params.name ?? ""),
    }),
  },
  {
    pattern: "/assets/fonts/:name.ttf",
    respond: ({ params }) => ({
      headers: { "content-type": "font/ttf", ...cacheable },
      body: font(params.name ?? ""),
    }),
  },
  {
    pattern: "/assets/sound/:name.wav",
    respond: () => ({ headers: { "content-type": "audio/wav", ...cacheable }, body: wav(8000) }),
  },
];
