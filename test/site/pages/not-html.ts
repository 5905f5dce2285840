/** Answers that are no HTML. */
import type { Page } from "../page.ts";

const json: Page = {
  path: "/data/stations.json",
  title: "JSON: stations of a railway line",
  kind: "not-html",
  expect: { status: 200, contentType: "application/json", text: ['"Harbour Road"'] },
  respond: () => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      line: "Coast line",
      stations: [
        { name: "Harbour Road", km: 0, steps: false },
        { name: "Mill Bridge", km: 3.4, steps: true },
        { name: "Östra Höjden", km: 7.9, steps: false },
      ],
    }),
  }),
};

const text: Page = {
  path: "/data/notes.txt",
  title: "Plain text: notes, with characters that mean something in HTML",
  kind: "not-html",
  expect: { status: 200, contentType: "text/plain", text: ["2 < 3 and <b>this</b> is not bold."] },
  respond: () => ({
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: "Notes from the workshop\n\n  - 2 < 3 and <b>this</b> is not bold.\n  - Ask for 10 µm paper.\n  - # is not a heading here\n",
  }),
};

export const notHtmlPages: Page[] = [json, text];
