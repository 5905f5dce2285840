/** Which links a page has, how they are written, and in which order. */
import { describe, expect, it } from "vitest";
import { linksOfPage } from "../../../src/content/extract/links.ts";
import { markdownOfPage } from "../../../src/content/extract/markdown.ts";
import type { LinksOnPage } from "../../../src/db/json-columns.ts";

const url = "https://shop.example/list/page.html?page=2#there";

function links(html: string, wanted: Partial<LinksOnPage> = {}): string[] {
  return linksOfPage(html, url, { absolute_links: true, ...wanted });
}

const anchors = (...hrefs: string[]) => hrefs.map((href) => `<a href="${href}">x</a>`).join("");

describe("a link", () => {
  const rows: [what: string, href: string, absolute: string[], written?: string[]][] = [
    ["with a path", "/blog/first", ["https://shop.example/blog/first"]],
    ["relative to the page", "item.html", ["https://shop.example/list/item.html"]],
    ["above the page", "../a/./b", ["https://shop.example/a/b"]],
    ["to another host", "https://other.example", ["https://other.example/"]],
    ["without a scheme", "//cdn.example/x", ["https://cdn.example/x"]],
    ["in upper case", "HTTPS://Other.Example:443/Up", ["https://other.example/Up"]],
    ["with space around it", " \n/x ", ["https://shop.example/x"], ["/x"]],
    ["with entities", "/s?b=2&amp;a=1", ["https://shop.example/s?b=2&a=1"], ["/s?b=2&a=1"]],
    ["with non-ASCII letters", "/ä b", ["https://shop.example/%C3%A4%20b"]],
    ["with a fragment", "/x#part", ["https://shop.example/x"], ["/x"]],
    ["with a route", "/app#/inbox", ["https://shop.example/app#/inbox"]],
    ["with a hashbang route", "#!inbox", ["https://shop.example/list/page.html?page=2#!inbox"]],
    ["that is only a fragment", "#part", []],
    ["to the page itself", "", ["https://shop.example/list/page.html?page=2"], ["/list/page.html?page=2"]],
    ["that runs a script", "javascript:void(0)", []],
    ["to an email address", "mailto:desk@example.org", []],
    ["to a phone number", "tel:+4312345", []],
    ["with data", "data:text/plain,x", []],
    ["with another scheme", "ftp://files.example/x", ["ftp://files.example/x"]],
    ["that is not a valid URL", "http://", []],
  ];
  it.each(rows)(
    "%s is resolved or left out: %j",
    (_, href, absolute, written = absolute.length > 0 ? [href] : []) => {
      expect(links(anchors(href))).toEqual(absolute);
      expect(links(anchors(href), { absolute_links: false })).toEqual(written);
    },
  );

  it("can be an area or in a drawing, but not an anchor without href or another element", () => {
    const html =
      '<map><area href="/area"></map><svg><a href="/svg"></a></svg><a name="n">x</a><link href="/style.css"><base target="_top">';
    expect(links(html)).toEqual(["https://shop.example/area", "https://shop.example/svg"]);
  });

  it("is resolved against the page's <base>", () => {
    const html = `<head><base href="/docs/"><base href="/other/"></head><body>${anchors("one", "#x", "?q")}`;
    expect(links(html)).toEqual(["https://shop.example/docs/one", "https://shop.example/docs/?q"]);
  });

  it("counts if it is hidden, but not in a template, a noscript or a script", () => {
    const html = `<div hidden>${anchors("/hidden")}</div><template>${anchors("/t")}</template><noscript>${anchors("/n")}</noscript><script>"${anchors("/s")}"</script>`;
    expect(links(html)).toEqual(["https://shop.example/hidden"]);
  });
});

describe("the list of links", () => {
  it("is in document order, without duplicates", () => {
    expect(links(anchors("/b", "/a", "https://shop.example/b", "/b#c", "./../a"))).toEqual([
      "https://shop.example/b",
      "https://shop.example/a",
    ]);
    expect(links(anchors("/b", "/a", "../b"), { absolute_links: false })).toEqual(["/b", "/a"]);
  });

  it("includes shadow roots where they are shown, and frames with URLs resolved against the frame's base", () => {
    const root = `<template shadowrootmode="open">${anchors("/one")}<slot></slot>${anchors("/three")}</template>`;
    const frame = `<iframe data-trawl-frame="&lt;a href='in'&gt;x&lt;/a&gt;" data-trawl-frame-base="https://frame.example/f/"></iframe>`;
    expect(links(`<x-card>${root}${anchors("/two")}</x-card>${frame}${anchors("/four")}`)).toEqual([
      "https://shop.example/one",
      "https://shop.example/two",
      "https://shop.example/three",
      "https://frame.example/f/in",
      "https://shop.example/four",
    ]);
  });

  it("can have 20,000 links", () => {
    const html = Array.from({ length: 20_000 }, (_, n) => `<a href="/item/${n}">Item ${n}</a>`).join("\n");
    expect(links(html, { include_links: ["/item/*"], exclude_links: ["/item/7"] })).toHaveLength(19_999);
  });
});

describe("include_links and exclude_links", () => {
  const page = anchors(
    "/",
    "/blog",
    "/blog/",
    "/blog/a",
    "/blog/a/b",
    "/docs/report.pdf",
    "/report.PDF",
    "/search?q=tea&page=2",
    "https://other.example/blog/a",
    "/wiki/Tea_(drink)",
    "/p%C3%A4th/x",
  );
  const short = (found: string[]) => found.map((link) => link.replace("https://shop.example", ""));
  const rows: [globs: string[], included: string[]][] = [
    [["/blog/*"], ["/blog/a", "https://other.example/blog/a"]],
    [["/blog/**"], ["/blog", "/blog/", "/blog/a", "/blog/a/b", "https://other.example/blog/a"]],
    [["*.pdf"], ["/docs/report.pdf"]],
    [["**/*.{pdf,PDF}"], ["/docs/report.pdf", "/report.PDF"]],
    [["https://other.example/**"], ["https://other.example/blog/a"]],
    [["https://*.example/blog/?"], ["/blog/a", "https://other.example/blog/a"]],
    [["/search?q=*"], ["/search?q=tea&page=2"]],
    [["/search"], ["/search?q=tea&page=2"]],
    [["/wiki/Tea_(drink)"], ["/wiki/Tea_(drink)"]],
    [["/päth/*"], ["/p%C3%A4th/x"]],
    [["/"], ["/"]],
    [
      ["/nothing", "/blog/[ab]"],
      ["/blog/a", "https://other.example/blog/a"],
    ],
    [["["], []],
    [["!/blog/*"], []],
  ];
  it.each(rows)("match the right URLs: %j", (globs, included) => {
    expect(short(links(page, { include_links: globs }))).toEqual(included);
    const all = short(links(page));
    expect(short(links(page, { exclude_links: globs }))).toEqual(
      all.filter((link) => !included.includes(link)),
    );
  });

  it("exclude a URL that matches both", () => {
    expect(
      links(page, { include_links: ["/blog/**"], exclude_links: ["**/a", "https://other.example/**"] }),
    ).toEqual(["https://shop.example/blog", "https://shop.example/blog/", "https://shop.example/blog/a/b"]);
  });

  it("filter nothing if the lists are empty", () => {
    expect(links(page, { include_links: [], exclude_links: [] })).toHaveLength(11);
  });

  it("match in linear time, whatever the glob", () => {
    const globs = [`${"*a".repeat(200)}b`, "**/".repeat(200), "{a,b}".repeat(60), "(a+)+b"];
    expect(links(anchors(`/${"a".repeat(5000)}`), { include_links: globs })).toEqual([]);
  });
});

describe("query_to_order_links_by", () => {
  const page = `
    <a href="/imprint">Imprint</a>
    <a href="/p/1">Prices and plans</a>
    <a href="/pricing/enterprise">Enterprise</a>
    <a href="/blog">Our long blog about a great many things, the price of tea among them</a>
    <a href="/img"><img alt="Price list"></a>
    <a href="/contact">Contact</a>`;

  it("puts the links whose text and URL match best first, and keeps all", () => {
    expect(links(page, { query_to_order_links_by: "price list" })).toEqual([
      "https://shop.example/img",
      "https://shop.example/p/1",
      "https://shop.example/blog",
      "https://shop.example/imprint",
      "https://shop.example/pricing/enterprise",
      "https://shop.example/contact",
    ]);
    expect(links(page, { query_to_order_links_by: "enterprise pricing" })[0]).toBe(
      "https://shop.example/pricing/enterprise",
    );
  });

  it("matches words without accents, and scripts without spaces", () => {
    const page = '<a href="/1">Zürich</a><a href="/2">東京の地図</a><a href="/3">other</a>';
    expect(links(page, { query_to_order_links_by: "zurich" })[0]).toBe("https://shop.example/1");
    expect(links(page, { query_to_order_links_by: "地図" })[0]).toBe("https://shop.example/2");
  });

  it("changes nothing if no link matches", () => {
    expect(links(page, { query_to_order_links_by: "zebra …" })).toEqual(links(page));
  });
});

describe("a page whose links would fill the memory", () => {
  const base = `https://shop.example/${"x".repeat(8000)}/`;

  it("has as many links as the limits allow", () => {
    const page = `<base href="${base}">${Array.from({ length: 5000 }, (_, n) => `<a href="${n}">x</a>`).join("")}`;
    const found = links(page);
    expect(found[0]).toBe(`${base}0`);
    expect(JSON.stringify(found).length).toBeLessThan(4.5 * 1024 * 1024);
    expect(links(anchors(...Array.from({ length: 50_100 }, (_, n) => `/${n}`)))).toHaveLength(50_000);
  });

  it("has as many links in its Markdown as the limits allow", () => {
    const repeated = '<a href="i">link</a> <img src="i.png" alt="picture"> ';
    const markdown = markdownOfPage(`<base href="${base}"><p>${repeated.repeat(3000)}`, url);
    expect(markdown).toContain(`[link](${base}i) ![picture](${base}i.png)`);
    expect(markdown).toContain("link link link");
    expect(markdown.length).toBeLessThan(4.5 * 1024 * 1024);
  });
});
