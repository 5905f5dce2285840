/** Responses whose type says nothing or is wrong, so that their bytes have to tell. */
import { pdf, png } from "../binary-files.ts";
import { encoded } from "../encoding.ts";
import type { Page } from "../page.ts";

interface Untyped {
  path: string;
  title: string;
  /** Empty: there is no `Content-Type`. */
  contentType: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
  expect: Pick<Page["expect"], "text" | "title" | "code" | "encoding">;
}

const untyped = ({ path, title, contentType, body, headers, expect }: Untyped): Page => ({
  path: `/untyped/${path}`,
  title,
  kind: "not-html",
  expect: { status: 200, contentType: contentType.split(";")[0], ...expect },
  respond: ({ response }) => {
    const type = contentType === "" ? {} : { "content-type": contentType };
    response.writeHead(200, { ...type, ...headers }).end(body);
  },
});

const leaflet = pdf("Leaflet", ["The lighthouse opens at ten."]);
const html =
  "<!doctype html><title>Found out</title><p>This is a page.</p><script>document.body.append('By a script.')</script>";
const refused = { code: "unsupported_content_type" } as const;
const manual = "使用前请阅读本手册。如有问题，请与我们联系。";

export const untypedPages: Page[] = [
  ...["", "*/*", "application/unknown", "binary/octet-stream", "application/x-pdf", "text/plain"].map(
    (contentType, index) =>
      untyped({
        path: `leaflet-${index}`,
        title: `PDF sent as ${contentType || "nothing"}`,
        contentType,
        body: leaflet,
        expect: { text: ["The lighthouse opens at ten."] },
      }),
  ),
  untyped({
    path: "download",
    title: "PDF to be saved",
    contentType: "application/octet-stream",
    body: leaflet,
    headers: {
      "content-disposition": 'attachment; filename="leaflet.pdf"',
      "x-content-type-options": "nosniff",
    },
    expect: { text: ["The lighthouse opens at ten."] },
  }),
  ...["unknown/unknown", "application/octet-stream", "nonsense"].map((contentType) =>
    untyped({
      path: `page-${contentType.replace("/", "-")}`,
      title: `HTML sent as ${contentType}`,
      contentType,
      body: html,
      expect: { title: "Found out", text: ["This is a page.", "By a script."] },
    }),
  ),
  untyped({
    path: "page-not-to-be-guessed",
    title: "HTML as bytes that must not be taken for HTML",
    contentType: "application/octet-stream",
    body: html,
    headers: { "x-content-type-options": "nosniff" },
    expect: { text: ["<p>This is a page.</p>"] },
  }),
  untyped({
    path: "page-to-be-saved",
    title: "HTML as bytes to be saved",
    contentType: "application/octet-stream",
    body: html,
    headers: { "content-disposition": "attachment" },
    expect: refused,
  }),
  untyped({
    path: "form.xls",
    title: "Tab-separated values for a spreadsheet",
    contentType: "application/vnd.ms-excel",
    body: "day\thigh\nMonday\t3.1\n",
    headers: { "content-disposition": 'attachment; filename="report.xls"' },
    expect: { text: ["Monday\t3.1"] },
  }),
  untyped({
    path: "workbook.xls",
    title: "Workbook",
    contentType: "application/vnd.ms-excel",
    body: Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0, 0, 0]),
    expect: refused,
  }),
  untyped({
    path: "picture",
    title: "PNG sent as text",
    contentType: "text/plain",
    body: png("sent as text"),
    expect: refused,
  }),
  untyped({
    path: "bytes",
    title: "Bytes without a type",
    contentType: "",
    body: Uint8Array.from({ length: 2048 }, (_, index) => (index * 37) & 255),
    expect: refused,
  }),
  untyped({
    path: "manual.txt",
    title: "Chinese text without a charset",
    contentType: "text/plain",
    body: encoded(manual, "gbk"),
    expect: { text: [manual], encoding: "gbk" },
  }),
  untyped({
    path: "members.csv",
    title: "Russian table without a charset, which begins in ASCII",
    contentType: "text/csv",
    body: Buffer.concat([
      Buffer.from("id,note\n1,none\n".repeat(9000)),
      encoded("2,Мост открыли снова\n", "windows-1251"),
    ]),
    expect: { text: ["2,Мост открыли снова"], encoding: "windows-1251" },
  }),
  untyped({
    path: "answer.json",
    title: "JSON in a charset of its own",
    contentType: "application/json; charset=Shift_JIS",
    body: encoded('{"題":"潮位"}', "shift_jis"),
    expect: { text: ['{"題":"潮位"}'] },
  }),
];
