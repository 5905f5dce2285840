/** Responses that are not HTML. */
import { pdf, png, wav, zip } from "../binary-files.ts";
import type { Page } from "../page.ts";

import { articles } from "./news.ts";

interface Document {
  path: string;
  title: string;
  contentType: string;
  body: string | Uint8Array;
  text?: string[];
  headers?: Record<string, string>;
  /** Set if it cannot be rendered. */
  code?: Page["expect"]["code"];
}

const document = ({ path, title, contentType, body, text, headers, code }: Document): Page => ({
  path,
  title,
  kind: "not-html",
  expect: { status: 200, contentType: contentType.split(";")[0], text, code },
  respond: () => ({ headers: { "content-type": contentType, ...headers }, body }),
});

const binary = (page: Omit<Document, "code">) => document({ ...page, code: "unsupported_content_type" });

const stations = {
  line: "Coast line",
  stations: [
    { name: "Harbour Road", km: 0, steps: false },
    { name: "Mill Bridge", km: 3.4, steps: true },
    { name: "Östra Höjden", km: 7.9, steps: false },
  ],
};

const feedItems = articles
  .map(
    ({ slug, headline, lead, published }) =>
      `<item><title>${headline}</title><link>https://post.example/news/${slug}</link><guid isPermaLink="false">${slug}</guid><pubDate>${new Date(published).toUTCString()}</pubDate><description><![CDATA[<p>${lead}</p>]]></description></item>`,
  )
  .join("\n");

const atomEntries = articles
  .map(
    ({ slug, headline, lead, published }) =>
      `<entry><id>urn:post:${slug}</id><title>${headline}</title><updated>${published}</updated><link href="https://post.example/news/${slug}"/><summary>${lead}</summary></entry>`,
  )
  .join("\n");

const calendar = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//Ferry Society//Events//EN",
  "BEGIN:VEVENT",
  "UID:evening-crossing@ferry.example",
  "DTSTAMP:20260601T120000Z",
  "DTSTART:20260704T173000Z",
  "DTEND:20260704T200000Z",
  "SUMMARY:Evening crossing",
  "LOCATION:North landing\\, Old Quay 1",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

export const notHtmlPages: Page[] = [
  document({
    path: "/data/stations.json",
    title: "JSON: stations of a railway line",
    contentType: "application/json",
    body: JSON.stringify(stations),
    text: ['"Harbour Road"'],
  }),
  document({
    path: "/data/problem.json",
    title: "JSON by a structured suffix",
    contentType: "application/vnd.stations+json",
    body: JSON.stringify(stations, null, 2),
    text: ['"Mill Bridge"'],
  }),
  document({
    path: "/data/broken.json",
    title: "JSON by its type only",
    contentType: "application/json",
    body: '{"line": "Coast line", "stations": [',
    text: ['"Coast line"'],
  }),
  document({
    path: "/data/readings.ndjson",
    title: "NDJSON: a reading a line",
    contentType: "application/x-ndjson",
    body: [1.2, 1.4, 1.9].map((metres, hour) => `${JSON.stringify({ hour, metres })}\n`).join(""),
    text: ['{"hour":2,"metres":1.9}'],
  }),
  document({
    path: "/data/notes.txt",
    title: "Plain text: notes, with characters that mean something in HTML",
    contentType: "text/plain; charset=utf-8",
    body: "Notes from the workshop\n\n  - 2 < 3 and <b>this</b> is not bold.\n  - Ask for 10 µm paper.\n  - # is not a heading here\n",
    text: ["2 < 3 and <b>this</b> is not bold."],
  }),
  document({
    path: "/data/readme.md",
    title: "Markdown as it is",
    contentType: "text/markdown; charset=utf-8",
    body: "# Ratchet\n\nRuns **steps**.\n\n```sh\nratchet run\n```\n",
    text: ["Runs **steps**."],
  }),
  document({
    path: "/data/tides.csv",
    title: "CSV: tides, with quoted cells",
    contentType: "text/csv; charset=utf-8",
    body: 'day,high,remark\r\nMonday,3.1,"calm, dry"\r\nTuesday,3.4,"said ""windy"""\r\n',
    text: ["Monday,3.1"],
  }),
  document({
    path: "/data/catalogue.xml",
    title: "XML without a style",
    contentType: "application/xml",
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<catalogue><book id="1"><title>Tides &amp; Times</title><price currency="EUR">12.50</price></book></catalogue>\n`,
    text: ["12.50"],
  }),
  document({
    path: "/data/page.xhtml",
    title: "XHTML as XML",
    contentType: "application/xhtml+xml",
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>XHTML</title></head><body><h1>Strict</h1><p>Every tag is closed.<br/></p></body></html>\n`,
    text: ["Every tag is closed."],
  }),
  document({
    path: "/data/drawing.svg",
    title: "SVG as a document",
    contentType: "image/svg+xml",
    body: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40"><title>Drawing</title><text x="5" y="25">Words in a drawing</text></svg>`,
    text: ["Words in a drawing"],
  }),
  document({
    path: "/news/feed.xml",
    title: "RSS feed of the paper",
    contentType: "application/rss+xml; charset=utf-8",
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>The Estuary Post</title><link>https://post.example/</link><description>News from both banks</description>\n${feedItems}\n</channel></rss>\n`,
    text: ["Market hall keeps its glass roof"],
  }),
  document({
    path: "/news/atom.xml",
    title: "Atom feed of the paper",
    contentType: "application/atom+xml; charset=utf-8",
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:post</id><title>The Estuary Post</title><updated>2026-06-21T16:45:00Z</updated>\n${atomEntries}\n</feed>\n`,
    text: ["Market hall keeps its glass roof"],
  }),
  document({
    path: "/contact/evening-crossing.ics",
    title: "Calendar of one event",
    contentType: "text/calendar; charset=utf-8",
    body: calendar,
    text: ["SUMMARY:Evening crossing"],
  }),
  document({
    path: "/contact/events.ics",
    title: "Calendar",
    contentType: "text/calendar; charset=utf-8",
    body: calendar,
    text: ["SUMMARY:Evening crossing"],
  }),
  document({
    path: "/data/timetable.pdf",
    title: "PDF of three pages",
    contentType: "application/pdf",
    body: pdf("Timetable", [
      "Ferries leave every half hour.",
      "On Sundays (and in fog) every hour.",
      "The last one waits.",
    ]),
    text: ["Ferries leave every half hour.", "The last one waits."],
  }),
  binary({ path: "/data/picture.png", title: "PNG", contentType: "image/png", body: png("picture") }),
  binary({
    path: "/data/archive.zip",
    title: "ZIP archive",
    contentType: "application/zip",
    body: zip("notes.txt", "Notes in an archive.\n"),
  }),
  binary({
    path: "/data/blob",
    title: "Bytes of no known type",
    contentType: "application/octet-stream",
    body: Uint8Array.from({ length: 2048 }, (_, index) => (index * 37) & 255),
  }),
  binary({
    path: "/data/tone.wav",
    title: "Sound",
    contentType: "audio/wav",
    body: wav(8000),
  }),
  binary({
    path: "/data/report",
    title: "Attachment: a page to be saved, not shown",
    contentType: "text/html; charset=utf-8",
    body: "<!doctype html><title>Report</title><p>High water at noon.</p>",
    headers: { "content-disposition": 'attachment; filename="report.html"' },
  }),
  {
    path: "/data/untyped",
    title: "HTML without a Content-Type",
    kind: "not-html",
    expect: { status: 200, contentType: "", title: "Untyped", text: ["Nobody said what this is."] },
    respond: ({ response }) => {
      response.writeHead(200).end("<!doctype html><title>Untyped</title><p>Nobody said what this is.</p>");
    },
  },
];
