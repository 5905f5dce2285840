/** The table of items. */
import { styleText } from "node:util";
import type { Item } from "../trawl/client.ts";
import { cut, oneLine, pad, widthOf } from "./text-width.ts";

export interface ItemRow {
  item: Item;
  /** Of the page as it was kept, in UTF-8; undefined for a failed one. */
  bytes: number | undefined;
  /** From when a tab took the page until its content was taken; undefined if the log does not say. */
  ms: number | undefined;
}

const gap = "  ";
const widestId = 40;
/** Titles are cut to what is left of the line, but not below this. */
const narrowestTitle = 20;

/** One line an item and a header, none wider than `columns`, if that can be. */
export function itemTable(rows: ItemRow[], columns: number): string {
  const number = new Intl.NumberFormat("en");
  const cells = rows.map(({ item, bytes, ms }) => ({
    failed: item.status === "failed",
    id: cut(oneLine(item.custom_id), widestId),
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
  const title = Math.min(widest("title"), Math.max(narrowestTitle, columns - others));
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
