/** The text of PDFs. */
import { expect, it } from "vitest";
import { linesOfPdf } from "../../../src/content/extract/pdf-text.ts";
import { pdf, pdfOf, pdfWithNamedMap } from "../../site/binary-files.ts";
import { encoded } from "../../site/encoding.ts";

const japanese = "港の潮位計";
const chinese = "海港天气";
const taiwanese = "港口天氣";
const korean = "바닷가 시장";

it.each([
  ["90ms-RKSJ-H", "Japan1", "shift_jis", japanese],
  ["90ms-RKSJ-V", "Japan1", "shift_jis", japanese],
  ["EUC-H", "Japan1", "euc-jp", japanese],
  ["UniJIS-UCS2-HW-H", "Japan1", "utf-16be", japanese],
  ["UniJIS-UTF16-V", "Japan1", "utf-16be", japanese],
  ["GBK-EUC-H", "GB1", "gbk", chinese],
  ["GB-EUC-H", "GB1", "gbk", chinese],
  ["UniGB-UCS2-H", "GB1", "utf-16be", chinese],
  ["ETen-B5-H", "CNS1", "big5", taiwanese],
  ["UniCNS-UTF16-H", "CNS1", "utf-16be", taiwanese],
  ["KSCms-UHC-H", "Korea1", "euc-kr", korean],
  ["UniKS-UCS2-V", "Korea1", "utf-16be", korean],
])("is read by the character map that a font names: %s", async (map, ordering, encoding, text) => {
  expect(await linesOfPdf(pdfWithNamedMap(map, ordering, encoded(text, encoding)))).toEqual([[text]]);
});

it("has the rest of a PDF that names an unknown map", async () => {
  expect(
    await linesOfPdf(pdfWithNamedMap("No-Such-Map-H", "Japan1", encoded(japanese, "euc-jp"))),
  ).toHaveLength(1);
});

it("is empty for pages without text", async () => {
  expect(await linesOfPdf(pdfOf(["q 595 0 0 842 0 0 cm 0 0 1 1 re f Q"]))).toEqual([[""]]);
});

it("ends where the limit of characters or pieces is reached", async () => {
  const body = pdf(
    "Long",
    Array.from({ length: 20 }, (_, page) => `page ${String(page).padStart(5, "0")}`),
  );
  expect(await linesOfPdf(body, { characters: 25, pieces: 1000 })).toHaveLength(3);
  expect(await linesOfPdf(body, { characters: 1000, pieces: 2 })).toHaveLength(2);
  const line = "BT /F1 12 Tf 72 720 Td (abc) Tj 0 -20 Td ET\n";
  const [lines = []] = await linesOfPdf(
    pdfOf([line.repeat(1000)], { font: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>" }),
    { characters: 100, pieces: 1000 },
  );
  expect(lines.join("").length).toBeLessThan(500);
});
