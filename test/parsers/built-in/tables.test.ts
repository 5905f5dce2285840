import { describe, expect, it } from "vitest";
import { parseHtml, parsePage } from "../parse-page.ts";

describe("@trawl/tables", () => {
  it("reads captions, headings and rows", async () => {
    expect(await parsePage("tables", "/shop/delivery")).toEqual({
      tables: [
        {
          caption: "What sending costs",
          headers: ["To", "Days", "Price"],
          rows: [
            ["Same country", "1 to 2", "€4.90"],
            ["Neighbouring countries", "3 to 5", "€9.50"],
            ["Elsewhere", "7 to 14", "€19.00"],
          ],
        },
      ],
    });
  });

  it("repeats cells that span several places, and joins stacked headings", async () => {
    const { tables } = (await parsePage("tables", "/structure/tables")) as { tables: unknown[] };
    expect(tables[0]).toEqual({
      caption: "Ferries by season",
      headers: ["Line", "Summer Weekdays", "Summer Sundays", "Winter"],
      rows: [
        ["North", "24", "18", "12"],
        ["South | express", "30 on all days", "30 on all days", ""],
        ["Island", "4 6 in August", "see below", "a|b"],
        Array(4).fill("All times are those of the north bank."),
      ],
    });
  });

  it("limits how many places a cell can span", () => {
    const html = `<table>${'<tr><td rowspan="65534" colspan="1000">x</td></tr>'.repeat(300)}</table>`;
    expect(() => parseHtml("tables", html)).not.toThrow(RangeError);
  });
});
