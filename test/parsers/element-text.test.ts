/** The text of elements in custom parsers: apart where it is apart on screen, and whole where it is whole. */
import { expect, it } from "vitest";
import { CapturedHtml, PageHtml } from "../../src/content/captured-html.ts";
import { givenParserDefinition } from "../../src/parsers/definition.ts";
import { runParser } from "../../src/parsers/run-parser.ts";

/** A field of the first element. Names in brackets in the HTML are marks of the browser: `[block]`. */
function read(html: string, field: object): unknown {
  const definition = givenParserDefinition.parse({
    name: "Test",
    fields: [{ name: "it", selector: "body > *", type: "text", ...field }],
  });
  const marked = `<html data-trawl-rendered-k3y><body>${html.replace(/\[(\w+)\]/g, "data-trawl-$1-k3y")}`;
  const page = /\[\w+\]/.test(html)
    ? new CapturedHtml(marked, "k3y").toPageHtml()
    : new PageHtml(`<body>${html}`);
  const output = JSON.parse(runParser(definition, { html: page, url: "https://page.example/" }));
  return output.it;
}

it.each([
  ["items of a flex box", "<div><span [block]>Berth</span><span [block]>14</span></div>", "Berth 14"],
  ["cells of a grid", "<div><b [block]>Depth</b><i [block]>3 m</i></div>", "Depth 3 m"],
  [
    "inline elements shown as cells",
    "<div><span [apart]>Pier</span><span [apart]>North</span></div>",
    "Pier North",
  ],
  ["cells of a table", "<table><tr><td>Pier</td><td>North</td></tr></table>", "Pier North"],
  ["paragraphs", "<div><p>One.</p><p>Two.</p></div>", "One. Two."],
  ["lines", "<p>Quay 2<br>Harbour</p>", "Quay 2 Harbour"],
  ["options", "<select><option>Small<option>Large</select>", "Small Large"],
  ["a button", "<div>Kettle<button>Buy</button></div>", "Kettle Buy"],
  [
    "a formula, which it has once,",
    `<p>Let <span class="katex"><math><semantics><mi>a</mi><annotation encoding="application/x-tex">a_1</annotation>
      </semantics></math><span class="katex-html">a1</span></span> be</p>`,
    "Let $a_1$ be",
  ],
])("text keeps %s apart", (_what, html, text) => {
  expect(read(html, {})).toBe(text);
});

it.each([
  ["emphasis", "<p>un<b>believ</b>able</p>", "unbelievable"],
  [
    "blocks shown in a line",
    "<div>un<div [inline]>believ</div><div [inline]>able</div></div>",
    "unbelievable",
  ],
  ["soft hyphens", "<p>har&shy;bour mas&shy;ter</p>", "harbour master"],
  ["characters without width", "<p>har&#x200b;bour&#xfeff;master</p>", "harbourmaster"],
  ["places for a line break", "<p>https://harbour.example/<wbr>tides</p>", "https://harbour.example/tides"],
])("text keeps words with %s whole", (_what, html, text) => {
  expect(read(html, {})).toBe(text);
});

it("HTML and attributes are the page's own, even those named like a mark", () => {
  const html = '<div data-trawl-block="x"><span [block]>Berth</span><span [block]>14</span></div>';
  expect(read(html, { type: "html" })).toBe(
    '<div data-trawl-block="x"><span>Berth</span><span>14</span></div>',
  );
  expect(read(html, { type: "attribute", attribute: "data-trawl-block" })).toBe("x");
});

it("a selector finds text across the items of a flex box", () => {
  const html = "<div><span [block]>Berth</span><span [block]>14</span></div>";
  expect(read(html, { selector: "div:contains('Berth 14')" })).toBe("Berth 14");
});
