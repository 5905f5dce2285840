/** Links of every kind, relative to the page or to a base URL, and a page with very many. */
import { framedPage } from "../layout.ts";
import type { Page } from "../page.ts";
import { specimens } from "./structure.ts";

const baseHref = framedPage(specimens, {
  path: "/structure/base-href",
  heading: "Another base",
  head: `<base href="/docs/chapters/">`,
  main: `
    <h1>Another base</h1>
    <p><a href="one">Relative to the base</a>, <a href="../configuration">above it</a>, <a href="/shop/">from the root</a>,
    <a href="#here">a fragment</a>, <a href="?page=2">a query</a>, <a href="">nothing</a>.</p>
    <p><img src="pictures/base.png" alt="Also relative to the base"></p>`,
  expect: { text: ["Relative to the base"] },
});

const linkKinds = framedPage(specimens, {
  path: "/structure/links",
  heading: "Links of all kinds",
  main: `
    <h1>Links of all kinds</h1>
    <ul>
      <li><a href="/blog/first-post">Path</a></li>
      <li><a href="/blog/first-post">The same path again</a></li>
      <li><a href="/blog/first-post#comments">With a fragment</a></li>
      <li><a href="#top">Only a fragment</a></li>
      <li><a href="https://shop.example/sale?b=2&amp;a=1">Another host</a></li>
      <li><a href="//cdn.example/file.pdf">Without a scheme</a></li>
      <li><a href="HTTPS://Shop.Example:443/Upper">Upper case and default port</a></li>
      <li><a href="/a/./b/../c">Dots</a></li>
      <li><a href="  /spaces-around  ">Spaces around</a></li>
      <li><a href="/päth/with ümlauts?q=ö">Umlauts</a></li>
      <li><a href="https://bücher.example/">International host</a></li>
      <li><a href="/app/#/route/7">A route in the fragment</a></li>
      <li><a href="javascript:void(0)">Script</a></li>
      <li><a href="mailto:desk@example.org">Mail</a></li>
      <li><a href="tel:+4312345">Telephone</a></li>
      <li><a href="data:text/plain,hello">Data</a></li>
      <li><a href="ftp://files.example/list">File transfer</a></li>
      <li><a href="http://">Not a URL</a></li>
      <li><a name="anchor">No address</a></li>
      <li><a href="/report.pdf" download>A file</a></li>
      <li><a href="/only-an-image"><img src="/assets/img/link.png" alt="An image" width="16" height="12"></a></li>
      <li><svg width="60" height="20"><a href="/from-svg"><text y="15">In SVG</text></a></svg></li>
    </ul>
    <img src="/assets/img/map.png" usemap="#areas" alt="A map" width="64" height="48">
    <map name="areas"><area shape="rect" coords="0,0,32,48" href="/area/west" alt="West"><area shape="rect" coords="32,0,64,48" href="/area/east" alt="East"></map>
    <p><a href="/blog/written-by-script" id="late">Changed by script</a></p>`,
  script: `document.querySelector("#late").href = "/blog/changed-by-script";`,
  expect: { text: ["Upper case and default port", "Changed by script"] },
});

/** 20,000 links. Every tenth is a duplicate, so there are 18,000 URLs. */
const manyLinks = framedPage(specimens, {
  path: "/structure/many-links",
  heading: "Twenty thousand links",
  main: () => `
    <h1>Twenty thousand links</h1>
    <ol>${Array.from({ length: 20_000 }, (_, n) => {
      const target = n % 10 === 9 ? n - 9 : n;
      return `<li><a href="/catalogue/${target % 50}/item-${target}">Item ${target}</a></li>`;
    }).join("\n")}</ol>`,
  expect: { text: ["Item 19998"] },
});

export const linkPages: Page[] = [baseHref, linkKinds, manyLinks];
