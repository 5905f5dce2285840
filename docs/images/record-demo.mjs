/**
 * Records the README's picture: runs `npm run demo` and draws what it prints as demo.svg, beside this file.
 *
 * Only parts of the table and the Markdown are left out, to keep the picture small; a line with a vertical ellipsis
 * stands in their place.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));

/** Begins a sequence that sets a terminal's style. */
const ESCAPE = "\u001b";
const styleCode = new RegExp(`${ESCAPE}\\[(\\d+)m`, "g");

const FONT_PX = 13;
/** Width of a character in most monospaced fonts, as a share of their size. The text is stretched to it elsewhere. */
const COLUMN_PX = FONT_PX * 0.6;
const LINE_PX = 18;
const PADDING_PX = 18;

const colors = {
  background: "#0d1117",
  text: "#e6edf3",
  dim: "#8b949e",
  31: "#ff7b72",
  32: "#3fb950",
  33: "#d29922",
};

const demo = spawnSync("npm", ["run", "--silent", "demo"], {
  cwd: join(folder, "..", ".."),
  env: { ...process.env, FORCE_COLOR: "1" },
  stdio: ["ignore", "pipe", "inherit"],
  encoding: "utf8",
});
if (demo.status !== 0) {
  process.stderr.write(demo.stdout);
  process.exit(1);
}
writeFileSync(
  join(folder, "demo.svg"),
  svgOf([`${ESCAPE}[1m$ npm run demo${ESCAPE}[22m`, ...shortened(demo.stdout)]),
);

/** The output's lines, without some of the table's rows and most of the Markdown. */
function shortened(output) {
  const lines = output.trimEnd().split("\n");
  const plain = lines.map((line) => line.replace(styleCode, ""));
  const rows = plain.flatMap((line, i) => (/^ {2}\/.* [\d,]+$/.test(line) ? [i] : []));
  const failed = plain.findIndex((line) => line.includes("failed: "));
  const left = new Set(rows.slice(8, -3).filter((i) => i !== failed));
  const markdown = plain.flatMap((line, i) => (/^ {2}│/.test(line) ? [i] : []));
  const title = markdown.find((i) => /│ # /.test(plain[i])) ?? markdown[0];
  for (const i of markdown) if (i < title || i >= title + 8) left.add(i);
  return lines.flatMap((line, i) => (left.has(i) ? (left.has(i - 1) ? [] : ["    ⋮"]) : [line]));
}

function svgOf(lines) {
  const columns = Math.max(...lines.map((line) => line.replace(styleCode, "").length));
  const width = Math.ceil(columns * COLUMN_PX + 2 * PADDING_PX);
  const height = lines.length * LINE_PX + 2 * PADDING_PX;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>The output of npm run demo</title>
<rect width="100%" height="100%" rx="8" fill="${colors.background}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}" fill="${colors.text}">
${lines.map(textOf).join("")}</g>
</svg>
`;
}

/** A line's text, one element for each run of characters in the same style. */
function textOf(line, row) {
  const y = PADDING_PX + row * LINE_PX + FONT_PX;
  let column = 0;
  let style = {};
  let elements = "";
  for (const [, code, text] of line.matchAll(new RegExp(`${styleCode.source}|([^${ESCAPE}]+)`, "g"))) {
    if (code) {
      style = styleAfter(style, Number(code));
      continue;
    }
    for (const { 0: run, index } of text.matchAll(/\S+(?: \S+)*/g)) {
      elements += elementOf(run, column + index, y, style);
    }
    column += text.length;
  }
  return elements;
}

function styleAfter(style, code) {
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, color: colors.dim };
  if (code === 22) return { ...style, bold: false, color: undefined };
  if (code in colors) return { ...style, color: colors[code] };
  return {};
}

function elementOf(text, column, y, { color, bold }) {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const x = (PADDING_PX + column * COLUMN_PX).toFixed(1);
  const length = (text.length * COLUMN_PX).toFixed(1);
  const look = `${color ? ` fill="${color}"` : ""}${bold ? ' font-weight="bold"' : ""}`;
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${look}>${escaped}</text>\n`;
}
