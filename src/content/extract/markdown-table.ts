/** Tables of data, as Markdown has them: a head, rows, and one line to a cell. */
import { type Element, isTag, type ParentNode } from "domhandler";
import type { RowContent, TableRow } from "mdast";

/** Empty cells put in for cells that reach over several, in one page: a page that asks for more gets none further. */
const MAX_FILLERS = 20_000;
const MAX_SPAN = 100;

export interface Row {
  cells: Element[];
  /** It stands in `<thead>`. */
  isHead: boolean;
}

/** The rows of a table, those of tables within it excepted. */
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

/** What a cell of Markdown cannot hold. */
const largeTags = new Set([
  "table",
  "pre",
  "blockquote",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "hr",
  "iframe",
  "article",
]);

/** Whether the table only puts things in their places: what is in it is then read as if there were no table. */
export function isLayout({ attribs }: Element, rows: readonly Row[]): boolean {
  if (attribs.role === "presentation" || attribs.role === "none") return true;
  const isNarrow = rows.every(({ cells }) => cells.length <= 1);
  if (isNarrow && !rows.some(({ cells }) => cells[0]?.name === "th")) return true;
  return rows.some(({ cells }) => cells.some(holdsLarge));
}

function holdsLarge(parent: ParentNode): boolean {
  return parent.children.some((child) => isTag(child) && (largeTags.has(child.name) || holdsLarge(child)));
}

export class TableGrid {
  private fillers = MAX_FILLERS;

  /** The rows with each cell in its column; none if nothing stands in any. A table without a head gets an empty one. */
  fill(rows: readonly Row[], contentOf: (cell: Element) => RowContent): TableRow[] {
    const filled: TableRow[] = [];
    /** For each column, how many rows a cell from above still reaches down. */
    const reaching: number[] = [];
    let hasHead = false;
    for (const { cells, isHead } of rows) {
      const children = this.fillRow(cells, reaching, contentOf);
      if (children.every(({ children }) => children.length === 0)) continue;
      if (filled.length === 0) hasHead = isHead || cells.every(({ name }) => name === "th");
      filled.push({ type: "tableRow", children });
    }
    if (filled.length > 0 && !hasHead) filled.unshift({ type: "tableRow", children: [] });
    return filled;
  }

  private fillRow(
    cells: Element[],
    reaching: number[],
    contentOf: (cell: Element) => RowContent,
  ): RowContent[] {
    const children: RowContent[] = [];
    const skipReaching = () => {
      for (let left = reaching[children.length] ?? 0; left > 0; left = reaching[children.length] ?? 0) {
        reaching[children.length] = left - 1;
        if (!this.addFiller(children)) return;
      }
    };
    for (const cell of cells) {
      skipReaching();
      const down = span(cell.attribs.rowspan) - 1;
      const column = children.length;
      children.push(contentOf(cell));
      const across = cell === cells.at(-1) && down === 0 ? 1 : span(cell.attribs.colspan);
      for (let i = 1; i < across && this.addFiller(children); i++);
      if (down > 0) for (let i = column; i < children.length; i++) reaching[i] = down;
    }
    skipReaching();
    // Cells from above that reach down to the right of this row's last.
    for (let i = children.length; i < reaching.length; i++) reaching[i] = Math.max(0, (reaching[i] ?? 0) - 1);
    return children;
  }

  private addFiller(children: RowContent[]): boolean {
    if (this.fillers === 0) return false;
    this.fillers -= 1;
    children.push({ type: "tableCell", children: [] });
    return true;
  }
}

function span(value: string | undefined): number {
  const number = Number.parseInt(value ?? "1", 10);
  return number >= 1 ? Math.min(number, MAX_SPAN) : 1;
}
