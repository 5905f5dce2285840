/** Pages composed of other documents in the ways of old: framesets and objects. */
import { framedPage } from "../layout.ts";
import type { Page, Route } from "../page.ts";
import { specimens } from "./structure.ts";

const part = (title: string, body: string) =>
  `<html><head><title>${title}</title></head><body>${body}</body></html>`;

const frameset: Page = {
  path: "/structure/frameset",
  title: "Harbor office",
  kind: "structure",
  expect: {
    status: 200,
    title: "Harbor office",
    byScript: true,
    text: ["Berths to let", "High water at noon", "Open from nine to five."],
    notText: ["Your browser shows no frames."],
  },
  respond: () => ({
    body: `<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Frameset//EN" "http://www.w3.org/TR/html4/frameset.dtd">
<html><head><title>Harbor office</title></head>
<frameset cols="25%,75%">
  <frame name="menu" src="/structure/frameset/menu">
  <frameset rows="20%,80%">
    <frame src="/structure/frameset/tides" scrolling="no">
    <frame name="main" src="/structure/frameset/office">
  </frameset>
  <noframes><body><p>Your browser shows no frames. <a href="/structure/frameset/plain">Plain pages</a></p></body></noframes>
</frameset></html>`,
  }),
};

/** All of its frames are of another origin, so nothing of them can be read. */
const foreignFrameset: Page = {
  path: "/structure/foreign-frameset",
  title: "Moved harbor office",
  kind: "structure",
  expect: { status: 200, title: "Moved harbor office", text: ["The office has moved to another server."] },
  respond: ({ url }) => ({
    body: `<html><head><title>Moved harbor office</title></head><frameset rows="100%">
<frame src="http://localhost:${url.port}/structure/frameset/office">
<noframes><p>The office has moved to another server.</p></noframes></frameset></html>`,
  }),
};

const objects = framedPage(specimens, {
  path: "/structure/objects",
  heading: "Objects",
  main: `
    <h1>Objects</h1>
    <object data="/structure/timetable.swf" type="application/x-shockwave-flash">
      <p>The first boat leaves at <b>six</b>.</p>
      <object data="/structure/fares.xyz">Fares are paid on board.</object>
    </object>
    <object data="/assets/icon.svg" type="image/svg+xml">No anchor sign.</object>
    <applet code="Clock.class"><p>The clock needs an old browser.</p></applet>`,
  expect: {
    text: ["The first boat leaves at", "Fares are paid on board.", "The clock needs an old browser."],
    notText: ["No anchor sign."],
  },
});

const objectDocument = framedPage(specimens, {
  path: "/structure/object-document",
  heading: "A document as an object",
  main: `
    <h1>A document as an object</h1>
    <object data="/structure/frameset/tides" type="text/html">No tide table.</object>`,
  expect: { byScript: true, text: ["High water at noon"], notText: ["No tide table."] },
});

export const framesetPages: Page[] = [frameset, foreignFrameset, objects, objectDocument];

export const framesetRoutes: Route[] = [
  {
    pattern: "/structure/frameset/menu",
    respond: () => ({ body: part("Menu", `<ul><li><a href="berths" target="main">Berths to let</a></ul>`) }),
  },
  {
    pattern: "/structure/frameset/tides",
    respond: () => ({ body: part("Tides", "<p>High water at noon</p>") }),
  },
  {
    pattern: "/structure/frameset/office",
    respond: () => ({ body: part("Office", "<h1>The office</h1><p>Open from nine to five.</p>") }),
  },
];
