/** JSON-LD as pages write it: wrapped, commented, and not quite JSON. */
import { expect, it } from "vitest";
import { parseHtml } from "../parse-page.ts";

function jsonLd(block: string): unknown {
  const html = `<script type="application/ld+json">${block}</script><meta name="x" content="y"><i itemscope><b itemprop="a">1</b></i>`;
  return (parseHtml("structured-data", html) as { json_ld: unknown }).json_ld;
}

const stool = '{"@type":"Product","name":"Stool, // folding","url":"https://shop.example/a,]"}';

it.each([
  ["a CDATA section", `<![CDATA[${stool}]]>`],
  ["a CDATA section in block comments", `/*<![CDATA[*/\n${stool}\n/*]]>*/`],
  ["a CDATA section in spaced block comments", `/* <![CDATA[ */${stool}/* ]]> */`],
  ["a CDATA section in line comments", `//<![CDATA[\n${stool}\n//]]>`],
  ["a CDATA section in line comments, on the same line", `// <![CDATA[ ${stool} // ]]>`],
  ["a comment", `<!-- ${stool} -->`],
  ["a comment that ends in a line comment", `<!--\n${stool}\n//-->`],
  ["a comment around a CDATA section", `<!--//--><![CDATA[//><!--\n${stool}\n//--><!]]>`],
  ["comments with words", `/* Product data */\n${stool}\n// end`],
  ["semicolons after it", `${stool};;\n`],
  ["trailing commas", stool.replace("}", ",\n}")],
  ["comments inside", stool.replace(',"name"', ', // the name\n"name"')],
  ["line breaks in a string", stool.replace("Stool, ", "Stool,\n")],
])("a block with %s is read", (_what, block) => {
  expect(jsonLd(block)).toEqual([JSON.parse(stool)]);
});

it.each(["{", '{"a" "b"}', "[1,,2]", "name: Stool", "/*", "//", "<!--", ";"])("%j is skipped", (block) => {
  expect(jsonLd(block)).toEqual([]);
});

it("a block takes time proportional to its length", () => {
  for (const part of [" ", ", ", '"', '\\"', "/*", "//", "-->", "<!--", ";", "*/ ", '"\\\n']) {
    expect(jsonLd(`{"a":1${part.repeat(200_000)}`)).toEqual([]);
    expect(jsonLd(`${part.repeat(200_000)}{`)).toEqual([]);
  }
});
