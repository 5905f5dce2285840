/** A page's HTML from capture to storage: shadow roots and frames are flattened, and the marks are taken out. */
import { isTag } from "domhandler";
import { describe, expect, it } from "vitest";
import {
  CapturedHtml,
  hasMark,
  newCapture,
  PageHtml,
  readableTree,
} from "../../src/content/captured-html.ts";
import { linksOfPage } from "../../src/content/extract/links.ts";
import { textOfPage } from "../../src/content/extract/plain-text.ts";

const mebibyte = 1024 * 1024;
const { markNames, captured } = newCapture();
const { hidden, frame, frameBase, rendered } = markNames;

const escaped = (html: string) => html.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
/** Escapes an attribute as Chrome has done since version 138. */
const fullyEscaped = (html: string) => escaped(html).replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const shadowRoot = `<x-y><template shadowrootmode="open"><p ${hidden}="">Root</p></template></x-y>`;

describe("a captured page", () => {
  it("loses its marks in shadow roots and in frames within frames", () => {
    const inner = `<iframe ${frame}="${escaped(`<i ${hidden}="">x</i>`)}"></iframe>`;
    const outer = `<iframe ${frame}="${escaped(`<p ${hidden}="">y</p>${inner}`)}"></iframe>`;
    const root = `<template shadowrootmode="open"><p ${hidden}="">z</p></template>`;
    const page = captured(`<x-y>${root}<b>no slot</b></x-y>${outer}`).toPageHtml();
    expect(page.html).toBe(
      `<x-y><p>z</p><b>no slot</b></x-y><iframe srcdoc="<p>y</p><iframe srcdoc=&quot;<i>x</i>&quot;></iframe>"></iframe>`,
    );
    const [host] = page.markedTree().children.filter(isTag);
    expect(host?.children.filter(isTag).map((child) => hasMark(child, "hidden"))).toEqual([true, true]);
    expect(textOfPage(page, "https://example.com/")).toBe("");
  });

  it("has names for its marks that no other page has", () => {
    const other = newCapture().markNames;
    expect(other.hidden).not.toBe(hidden);
    expect(other.hidden).toMatch(/^data-trawl-hidden-[0-9a-z]{8,}$/);
    const html = `<p ${other.hidden}="">`;
    expect(captured(html).toPageHtml().html).toBe(html);
  });
});

describe("a captured frameset", () => {
  const office = `<frame src="office" ${frame}="${escaped(`<p>Open. <a href="plan">Plan</a></p>`)}">`;
  const menu = `<frame src="menu" ${frame}="${escaped(`<a href="berths">Berths</a>`)}" ${frameBase}="https://example.com/m/">`;
  const noframes = `<noframes><body><a href="old">No frames</a></body></noframes>`;

  it("shows its frames in reading order, with their links, and not what is for browsers without frames", () => {
    const html = `<html><head></head><frameset>${menu}<frameset>${office}</frameset>${noframes}</frameset></html>`;
    const page = captured(html).toPageHtml();
    expect(page.html).toBe(
      `<html><head></head><body><iframe src="menu" srcdoc="<base href=&quot;https://example.com/m/&quot;><a href=&quot;berths&quot;>Berths</a>"></iframe>` +
        `<div><iframe src="office" srcdoc="<p>Open. <a href=&quot;plan&quot;>Plan</a></p>"></iframe></div></body></html>`,
    );
    expect(textOfPage(page, "https://example.com/")).toBe("Berths\n\nOpen. Plan\n");
    const wanted = { absolute_links: true };
    expect(linksOfPage(page, "https://example.com/", wanted)).toEqual([
      "https://example.com/m/berths",
      "https://example.com/plan",
    ]);
  });

  it("stays as it is if none of its frames could be read, and shows what is for browsers without frames", () => {
    const html = `<html><head></head><frameset><frame src="https://example.org/">${noframes}</frameset></html>`;
    const page = captured(html).toPageHtml();
    expect(page.html).toBe(html);
    expect(textOfPage(page, "https://example.com/")).toBe("No frames\n");
  });
});

describe("a captured object", () => {
  it("is a frame if it shows a document, and otherwise what it has in it", () => {
    const tides = `<object data="/t" type="text/html" ${frame}="<p>Tides</p>">No tides</object>`;
    const page = captured(`${tides}<object data="/a.swf"><param name="x"><p>Times</p></object>`).toPageHtml();
    expect(page.html).toBe(
      `<iframe srcdoc="<p>Tides</p>" src="/t"></iframe><object data="/a.swf"><param name="x"><p>Times</p></object>`,
    );
    expect(textOfPage(page, "https://example.com/")).toBe("Tides\n\nTimes\n");
  });
});

describe("a captured page that does not fit in a tree", () => {
  it("since it has many MiB, keeps its shadow roots and loses its marks", () => {
    const text = "x".repeat(9 * mebibyte);
    const page = captured(`<html ${rendered}="">${shadowRoot}${text}</html>`).toPageHtml();
    const root = '<x-y><template shadowrootmode="open"><p>Root</p></template></x-y>';
    expect(page.html === `<html>${root}${text}</html>`).toBe(true);
    expect(page.marks).toMatch(/^R\w+H\w+$/);
    expect(page.fitsInTree).toBe(false);
  });

  it("since it has very many tags, keeps its shadow roots", () => {
    const page = captured(shadowRoot + "<br>".repeat(300_000)).toPageHtml();
    expect(page.html.startsWith('<x-y><template shadowrootmode="open"><p>Root</p></template>')).toBe(true);
    expect(page.fitsInTree).toBe(false);
  });

  it.each([
    ["a frame", 1],
    ["a frame in a frame", 2],
    ["a frame within four frames", 4],
  ])("since it has very many tags in %s, keeps the content of its frames", (_, depth) => {
    let content = `<p ${hidden}="">Deep</p>${shadowRoot}${"<br>".repeat(300_000)}`;
    for (let level = 0; level < depth; level += 1)
      content = `<iframe ${frame}="${fullyEscaped(content)}" ${frameBase}="https://example.com/a"></iframe>`;
    const page = captured(content).toPageHtml();
    expect(page.html.includes("data-trawl")).toBe(false);
    expect(page.html.slice(0, 16)).toBe('<iframe srcdoc="');
    expect(page.marks).toMatch(/^H\w+H\w+$/);
    expect(page.fitsInTree).toBe(false);

    let html = page.html;
    for (let level = 0; level < depth; level += 1) {
      const [element] = readableTree(html).children.filter(isTag);
      expect(Object.keys(element?.attribs ?? {})).toEqual(["srcdoc"]);
      html = element?.attribs.srcdoc ?? "";
    }
    expect(html.slice(0, 61)).toBe('<p>Deep</p><x-y><template shadowrootmode="open"><p>Root</p></');
  });

  it("includes one with very many tags in a srcdoc of its own", () => {
    const page = new PageHtml(`<iframe sandbox srcdoc="${fullyEscaped("<br>".repeat(300_001))}"></iframe>`);
    expect(page.fitsInTree).toBe(false);
  });
});

describe("the size limits of a tree", () => {
  it("allow a page of many shadow roots and frames", () => {
    const frames = `<iframe ${frame}="${fullyEscaped("<p>In a frame</p>")}"></iframe>`.repeat(10_000);
    const page = captured(shadowRoot.repeat(10_000) + frames).toPageHtml();
    expect(page.html).toBe(
      "<x-y><p>Root</p></x-y>".repeat(10_000) + '<iframe srcdoc="<p>In a frame</p>"></iframe>'.repeat(10_000),
    );
    expect(page.fitsInTree).toBe(true);
  });

  it("do not count escaped text unless the page has frames", () => {
    const source = "&lt;b>; result; ";
    expect(new PageHtml(source.repeat(300_001)).tags).toBe(0);
    expect(new PageHtml(`<iframe srcdoc="">${source.repeat(10)}`).tags).toBe(11);
  });
});

it("the size of a captured page is in bytes", () => {
  expect(new CapturedHtml("<p>日本", "k3y").bytes).toBe(9);
});
