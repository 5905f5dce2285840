/** Pages with structured data: metadata in the head, RDFa, unusual JSON-LD, and a shop page with none. */
import { framedPage, jsonLd, socialMeta } from "../layout.ts";
import type { Page } from "../page.ts";
import { specimens } from "./structure.ts";

const head = framedPage(specimens, {
  path: "/structured/head",
  heading: "A full head",
  description: "Everything that a head can say.",
  head: (visit) => `
  ${socialMeta(visit, {
    type: "website",
    title: "A full head, for sharing",
    description: "What others see of it.",
    image: "/assets/img/head.png",
    siteName: specimens.name,
  })}
  <meta property="og:image:width" content="1200"><meta property="og:image:alt" content="A head">
  <meta property="og:image" content="/assets/img/second.png">
  <meta property="og:locale" content="en_GB">
  <meta name="twitter:site" content="@specimens">
  <meta name="keywords" content="head, meta, link">
  <meta name="author" content="Specimen garden">
  <meta name="robots" content="index, follow">
  <meta name="theme-color" content="#3d6b2f">
  <meta name="generator" content="By hand">
  <link rel="apple-touch-icon" sizes="180x180" href="/assets/img/touch.png">
  <link rel="shortcut icon" href="/favicon.ico">
  <link rel="icon" sizes="32x32" type="image/png" href="../assets/img/icon32.png">
  <link rel="alternate" type="application/rss+xml" title="News" href="/news/feed.xml">
  <link rel="alternate" type="application/atom+xml" title="News as Atom" href="/news/atom.xml">
  <link rel="alternate" type="application/feed+json" title="News as JSON" href="/news/feed.json">
  <link rel="alternate" hreflang="de" href="/structured/kopf">
  <link rel="alternate" hreflang="x-default" href="/structured/head">
  <link rel="manifest" href="/manifest.webmanifest">
  <link rel="amphtml" href="/structured/head?amp">
  <link rel="next" href="/structured/rdfa"><link rel="license" href="/licence">`,
  main: `<h1>A full head</h1><p>There is little in the body.</p>`,
  expect: { text: ["There is little in the body."] },
});

const rdfa = framedPage(specimens, {
  path: "/structured/rdfa",
  heading: "Walnut tea tray",
  main: `
    <article vocab="https://schema.org/" typeof="Product" resource="#tray">
      <h1 property="name">Walnut tea tray</h1>
      <img property="image" src="/assets/img/tray.png" alt="The tray" width="64" height="48">
      <p property="description">One board, two handles, oiled by hand.</p>
      <p>Made by <span property="brand" typeof="Brand"><span property="name">Low Kiln</span></span></p>
      <div property="offers" typeof="Offer">
        <span property="price" content="58.00">58 dollars</span><meta property="priceCurrency" content="USD">
        <link property="availability" href="https://schema.org/PreOrder">
      </div>
      <div property="aggregateRating" typeof="AggregateRating"><span property="ratingValue">4.2</span> of <span property="bestRating">5</span> (<span property="ratingCount">17</span>)</div>
    </article>`,
  expect: { text: ["One board, two handles, oiled by hand.", "58 dollars"] },
});

/** JSON-LD as a graph, an array, in a comment, broken, and added by a script. */
const graph = framedPage(specimens, {
  path: "/structured/json-ld",
  heading: "JSON-LD in odd forms",
  head: `${jsonLd({
    "@context": "https://schema.org",
    "@graph": [
      { "@type": "WebSite", "@id": "#site", name: "Specimen garden" },
      {
        "@type": ["Product", "IndividualProduct"],
        "@id": "#cup",
        name: "Cup without a handle",
        offers: { "@id": "#offer" },
      },
      {
        "@type": "AggregateOffer",
        "@id": "#offer",
        lowPrice: 9,
        highPrice: 14,
        priceCurrency: "eur",
        offerCount: 3,
      },
    ],
  })}
  ${jsonLd([{ "@context": "http://schema.org/", "@type": "BreadcrumbList", itemListElement: [] }])}
  <script type="application/ld+json">
  <!--
  {"@context": "https://schema.org", "@type": "Recipe", "name": "Tea with </ script> in its name",
   "recipeIngredient": ["water", "leaves"]}
  -->
  </script>
  <script type="application/ld+json">{"@type": "Broken", "name": "no end</script>
  <script type="application/ld+json; charset=utf-8">{"@type": "Thing", "name": "Tab	in a string"}</script>`,
  main: `<h1>Cup without a handle</h1><p>Five blocks of data, of which one cannot be read.</p>`,
  script: `
    const block = Object.assign(document.createElement("script"), { type: "application/ld+json" });
    block.textContent = JSON.stringify({ "@context": "https://schema.org", "@type": "Person", "name": "Added by script" });
    document.head.append(block);`,
  expect: { text: ["Five blocks of data, of which one cannot be read."] },
});

const nested = framedPage(specimens, {
  path: "/structured/microdata",
  heading: "Nested Microdata",
  main: `
    <div itemscope itemtype="https://schema.org/Recipe" itemid="urn:recipe:7" itemref="outside">
      <h1 itemprop="name">Nettle soup</h1>
      <p>By <span itemprop="author" itemscope itemtype="https://schema.org/Organization"><span itemprop="name">Forage club</span></span></p>
      <time itemprop="cookTime" datetime="PT25M">25 minutes</time>
      <ul><li itemprop="recipeIngredient">young nettles</li><li itemprop="recipeIngredient">potatoes</li></ul>
      <div itemprop="nutrition" itemscope itemtype="https://schema.org/NutritionInformation"><data itemprop="calories" value="180">180 kcal</data></div>
      <meter itemprop="score" value="0.8">good</meter>
      <a itemprop="url" href="soup">Address</a>
    </div>
    <p id="outside"><span itemprop="recipeYield">4 bowls</span></p>
    <div itemscope><span itemprop="untyped name">No type at all</span></div>`,
  expect: { text: ["Nettle soup", "4 bowls"] },
});

/** A product page without structured data. */
const unmarked = framedPage(specimens, {
  path: "/structured/unmarked-product",
  heading: "Folding stool",
  head: `<meta property="og:type" content="product"><meta property="product:price:amount" content="1299.90"><meta property="product:price:currency" content="SEK">`,
  main: `
    <div class="product-detail">
      <div class="gallery"><img class="product-image" src="/assets/img/stool.png" alt="Stool, folded" width="64" height="48"><img src="/assets/img/stool-open.png" alt="Stool, open" width="64" height="48"></div>
      <h1 class="product-title">Folding stool</h1>
      <p class="product-brand">Fernway</p>
      <p><s class="old-price">1 499,00 kr</s> <span class="price current-price">1 299,90 kr</span></p>
      <p class="stock in-stock">In stock</p>
      <div class="rating" aria-label="4.7 out of 5 stars">★★★★★</div><a href="#reviews">38 reviews</a>
      <button class="add-to-cart">Add to cart</button>
    </div>
    <section><h2>Goes well with it</h2><div class="card"><h3>Table</h3><span class="price">2 990,00 kr</span></div></section>`,
  expect: { text: ["1 299,90 kr", "38 reviews"] },
});

const tables = framedPage(specimens, {
  path: "/structured/league",
  heading: "Rowing league",
  main: `
    <h1>Rowing league</h1>
    <table id="standings" class="sortable"><caption>Standings</caption><tbody></tbody></table>
    <table><tr><th>Season</th><td>2026</td></tr><tr><th>Boats</th><td>3</td></tr></table>`,
  script: `
    const rows = [["Club", "Races", "Points"], ["North Bank", 6, 15], ["Island", 6, 11], ["Mill " + "Weir", 5, 4]];
    const [head, ...body] = rows;
    const table = document.querySelector("#standings");
    const headRow = table.createTHead().insertRow();
    for (const name of head) headRow.append(Object.assign(document.createElement("th"), { textContent: name }));
    for (const cells of body) { const row = table.tBodies[0].insertRow(); for (const cell of cells) row.insertCell().textContent = cell; }`,
  expect: { byScript: true, text: ["Mill Weir"] },
});

export const structuredPages: Page[] = [head, rdfa, graph, nested, unmarked, tables];
