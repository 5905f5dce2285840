import { styleText } from "node:util";
import { cut, oneLine, pad, widthOf } from "../command-line/text-width.ts";
import type { Item } from "../trawl/client.ts";

export interface ItemRow {
  item: Item;
  /** Size of the stored page in UTF-8. Undefined if the item failed. */
  bytes: number | undefined;
  /** From the start of rendering until the content was read. Undefined if the log does not say. */
  ms: number | undefined;
}

const gap = "  ";
const maxIdWidth = 40;
/** Titles are cut to the space that is left, but not below this. */
const minTitleWidth = 20;

/** A header and one line per item, at most `columns` wide if possible. */
export function itemTable(rows: ItemRow[], columns: number): string {
  const number = new Intl.NumberFormat("en");
  const cells = rows.map(({ item, bytes, ms }) => ({
    failed: item.status === "failed",
    id: cut(oneLine(item.custom_id), maxIdWidth),
    http: String(item.http_status ?? "–"),
    title: item.error ? `failed: ${item.error.code}` : oneLine(item.title ?? "–"),
    bytes: bytes === undefined ? "–" : number.format(bytes),
    ms: ms === undefined ? "–" : number.format(ms),
  }));
  const header = { failed: false, id: "custom_id", http: "HTTP", title: "title", bytes: "bytes", ms: "ms" };
  const all = [header, ...cells];
  const widest = (name: "id" | "http" | "title" | "bytes" | "ms") =>
    Math.max(...all.map((row) => widthOf(row[name])));
  const others = widest("id") + widest("http") + widest("bytes") + widest("ms") + 5 * gap.length;
  const title = Math.min(widest("title"), Math.max(minTitleWidth, columns - others));
  const line = (row: typeof header) =>
    gap +
    [
      pad(row.id, widest("id")),
      pad(row.http, widest("http"), "right"),
      pad(cut(row.title, title), title),
      pad(row.bytes, widest("bytes"), "right"),
      pad(row.ms, widest("ms"), "right"),
    ].join(gap);
  return [
    styleText("dim", line(header)),
    ...cells.map((row) => (row.failed ? styleText("yellow", line(row)) : line(row))),
  ].join("\n");
}
