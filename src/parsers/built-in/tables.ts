import { type Element, isTag } from "domhandler";
import { found, type Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";

/** A cell may claim to span 65,534 rows. Each place that it fills counts as output. */
const MAX_SPAN = 1000;

/** The page's tables as rows of text. Layout tables and tables that contain others are left out. */
export function readTables(page: ParserPage): Json {
  const tables = page.all("table").flatMap((table) => {
    const role = table.attribs.role?.toLowerCase();
    if (role === "presentation" || role === "none" || page.first("table", table)) return [];
    return readTable(table, page) ?? [];
  });
  return { tables };
}

function readTable(table: Element, page: ParserPage): Json | undefined {
  const rows = rowsOf(table).map((row) => ({ row, cells: row.children.filter(isCell) }));
  const grid = fillGrid(
    rows.map(({ cells }) => cells),
    page,
  );
  if (!grid.some((cells) => cells.some((text) => text !== ""))) return undefined;
  const headRows = countHeadRows(rows, grid);
  const headers = headRows > 0 ? joined(grid.slice(0, headRows)) : undefined;
  return {
    ...found({ caption: page.text(page.first("caption", table)), id: page.attribute(table, "id"), headers }),
    rows: grid.slice(headRows),
  };
}

function rowsOf(table: Element): Element[] {
  const sections = table.children.filter(isTag);
  const inOrder = ["thead", "tbody", "tr", "tfoot"];
  return sections
    .filter(({ name }) => inOrder.includes(name))
    .sort((a, b) => sectionRank(a) - sectionRank(b))
    .flatMap((section) =>
      section.name === "tr" ? [section] : section.children.filter(isTag).filter(({ name }) => name === "tr"),
    );
}

/** The head is shown first and the foot last, wherever they are in the HTML. */
function sectionRank({ name }: Element): number {
  return name === "thead" ? 0 : name === "tfoot" ? 2 : 1;
}

function isCell(node: Element["children"][number]): node is Element {
  return isTag(node) && (node.name === "td" || node.name === "th");
}

/** The text at each place. A cell that spans several places is repeated in each. */
function fillGrid(rows: Element[][], page: ParserPage): string[][] {
  const grid: string[][] = rows.map(() => []);
  for (const [y, cells] of rows.entries()) {
    let x = 0;
    for (const cell of cells) {
      const text = page.text(cell) ?? "";
      while (grid[y]?.[x] !== undefined) x += 1;
      const width = span(cell.attribs.colspan);
      const height = Math.min(span(cell.attribs.rowspan), rows.length - y);
      page.budget.write((text.length + 1) * width * height);
      for (let dy = 0; dy < height; dy += 1) {
        for (let dx = 0; dx < width; dx += 1) {
          const line = grid[y + dy];
          if (line) line[x + dx] = text;
        }
      }
      x += width;
    }
  }
  return grid.map((line) => Array.from(line, (text) => text ?? ""));
}

function span(text: string | undefined): number {
  const number = Number.parseInt(text ?? "1", 10);
  return number >= 1 ? Math.min(number, MAX_SPAN) : 1;
}

/** The number of rows in `thead`, or else 1 if the first row has only headings. */
function countHeadRows(rows: { row: Element; cells: Element[] }[], grid: string[][]): number {
  const inHead = rows.filter(
    ({ row }) => row.parent && isTag(row.parent) && row.parent.name === "thead",
  ).length;
  if (inHead > 0 && inHead < grid.length) return inHead;
  const [first] = rows;
  const isHead = first && first.cells.length > 0 && first.cells.every(({ name }) => name === "th");
  return isHead && grid.length > 1 ? 1 : 0;
}

/** Joins the headings of each column. */
function joined(lines: string[][]): string[] {
  const width = Math.max(...lines.map((line) => line.length));
  return Array.from({ length: width }, (_, x) => {
    const texts = lines.map((line) => line[x] ?? "").filter((text) => text !== "");
    return [...new Set(texts)].join(" ");
  });
}
