/** Turns tables of data into Markdown tables, which have a header row and one line per cell. */
import { type Element, isTag, isText } from "domhandler";
import { existsOne } from "domutils";
import type { RowContent, TableRow } from "mdast";
import { headingTags } from "./block-tags.ts";

/** Most empty cells that one page gets for its cells that span several columns or rows. */
const MAX_FILLERS = 20_000;
const MAX_SPAN = 100;

export interface Row {
  cells: Element[];
  /** Whether it is in the `<thead>`. */
  isHead: boolean;
}

/** The rows of a table, without those of tables nested in it. */
export function rowsOf(table: Element): Row[] {
  const rows: Row[] = [];
  const feet: Row[] = [];
  for (const child of table.children) {
    if (!isTag(child)) continue;
    if (child.name === "tr") rows.push(rowOf(child, false));
    const into = child.name === "tfoot" ? feet : rows;
    if (child.name !== "thead" && child.name !== "tbody" && child.name !== "tfoot") continue;
    for (const row of child.children) {
      if (isTag(row) && row.name === "tr") into.push(rowOf(row, child.name === "thead"));
    }
  }
  for (const row of feet) rows.push(row);
  return rows.filter(({ cells }) => cells.length > 0);
}

function rowOf(row: Element, isHead: boolean): Row {
  return { isHead, cells: row.children.filter(isTag).filter(({ name }) => name === "td" || name === "th") };
}

/** Elements that do not fit into a Markdown table cell. */
const unfitTags = new Set(["table", "iframe", "article"]);
/** Elements that lose their form in a cell. Where there are such, the table may be a layout, but need not be. */
const blockContentTags = new Set(["pre", "blockquote", "hr", ...headingTags]);
/** Characters. Longer cells without a head are the parts of a page. */
const MAX_DATA = 300;

/** Whether the table is only used for layout. Its content is then read as if there were no table. */
export function isLayoutTable({ attribs }: Element, rows: readonly Row[]): boolean {
  if (attribs.role === "presentation" || attribs.role === "none") return true;
  const cells = rows.flatMap((row) => row.cells);
  const hasHead = rows.some(({ isHead }) => isHead) || cells.some(({ name }) => name === "th");
  if (!hasHead && rows.every((row) => row.cells.length <= 1)) return true;
  if (cells.some((cell) => hasAny(cell, unfitTags))) return true;
  if (hasHead || !cells.some((cell) => hasAny(cell, blockContentTags))) return false;
  const isGrid = rows.filter((row) => row.cells.length > 1).length > 1;
  return !isGrid || cells.some((cell) => isLonger(cell, MAX_DATA));
}

function hasAny({ children }: Element, tags: ReadonlySet<string>): boolean {
  return existsOne(({ name }) => tags.has(name), children);
}

function isLonger(element: Element, limit: number): boolean {
  let left = limit;
  const read = (parent: Element): boolean =>
    parent.children.some((child) => {
      if (isTag(child)) return read(child);
      if (isText(child)) left -= child.data.length;
      return left < 0;
    });
  return read(element);
}

export class TableGrid {
  private fillers = MAX_FILLERS;

  /** The rows, with each cell in its column and without empty rows. A table without a header row gets an empty one. */
  fill(rows: readonly Row[], contentOf: (cell: Element) => RowContent): TableRow[] {
    const filled: TableRow[] = [];
    /** For each column, how many more rows a cell from above spans. */
    const spanning: number[] = [];
    let hasHead = false;
    for (const { cells, isHead } of rows) {
      const children = this.fillRow(cells, spanning, contentOf);
      if (children.every(({ children }) => children.length === 0)) continue;
      if (filled.length === 0) hasHead = isHead || isHeadRow(cells);
      filled.push({ type: "tableRow", children });
    }
    if (filled.length > 0 && !hasHead) filled.unshift({ type: "tableRow", children: [] });
    return filled;
  }

  private fillRow(
    cells: Element[],
    spanning: number[],
    contentOf: (cell: Element) => RowContent,
  ): RowContent[] {
    const children: RowContent[] = [];
    const skipSpanned = () => {
      for (let left = spanning[children.length] ?? 0; left > 0; left = spanning[children.length] ?? 0) {
        spanning[children.length] = left - 1;
        if (!this.addFiller(children)) return;
      }
    };
    for (const cell of cells) {
      skipSpanned();
      const down = span(cell.attribs.rowspan) - 1;
      const column = children.length;
      children.push(contentOf(cell));
      const across = cell === cells.at(-1) && down === 0 ? 1 : span(cell.attribs.colspan);
      for (let i = 1; i < across && this.addFiller(children); i++);
      if (down > 0) for (let i = column; i < children.length; i++) spanning[i] = down;
    }
    skipSpanned();
    // Cells from above that span this row to the right of its last cell.
    for (let i = children.length; i < spanning.length; i++) spanning[i] = Math.max(0, (spanning[i] ?? 0) - 1);
    return children;
  }

  private addFiller(children: RowContent[]): boolean {
    if (this.fillers === 0) return false;
    this.fillers -= 1;
    children.push({ type: "tableCell", children: [] });
    return true;
  }
}

/** Whether all cells are headers, but for empty ones. */
function isHeadRow(cells: readonly Element[]): boolean {
  return (
    cells.some(({ name }) => name === "th") &&
    cells.every(({ name, children }) => name === "th" || children.length === 0)
  );
}

function span(value: string | undefined): number {
  const number = Number.parseInt(value ?? "1", 10);
  return number >= 1 ? Math.min(number, MAX_SPAN) : 1;
}
