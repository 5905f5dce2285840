/** What each built-in parser makes of the test site's pages. */
import { describe, expect, it } from "vitest";
import { CapturedHtml } from "../../src/content/captured-html.ts";
import { builtInParsers } from "../../src/parsers/built-in.ts";
import { ParserOutputMissing } from "../../src/parsers/failure.ts";
import { parseHtml, parsePage, runOn } from "./site-page.ts";

it("every parser has ids of its own, and a whole price", () => {
  const ids = builtInParsers.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { credits, version } of builtInParsers)
    expect(Math.min(credits, version)).toBeGreaterThanOrEqual(1);
});

it.each(builtInParsers)("$id says so when a page has nothing for it", ({ id }) => {
  expect(() => parseHtml(id.replace("@trawl/", ""), "<html><body><p>Words.</p></body></html>")).toThrow(
    ParserOutputMissing,
  );
});

describe("metadata", () => {
  it("reads a full head", async () => {
    expect(await parsePage("metadata", "/structured/head")).toEqual({
      url: "SITE/structured/head",
      title: "A full head – Specimen garden",
      description: "Everything that a head can say.",
      canonical: "SITE/structured/head",
      open_graph: {
        type: "website",
        title: "A full head, for sharing",
        description: "What others see of it.",
        url: "SITE/structured/head",
        image: ["SITE/assets/img/head.png", "SITE/assets/img/second.png"],
        site_name: "Specimen garden",
        "image:width": "1200",
        "image:alt": "A head",
        locale: "en_GB",
      },
      twitter: {
        card: "summary_large_image",
        title: "A full head, for sharing",
        description: "What others see of it.",
        image: "SITE/assets/img/head.png",
        site: "@specimens",
      },
      language: "en",
      author: "Specimen garden",
      keywords: ["head", "meta", "link"],
      robots: "index, follow",
      generator: "By hand",
      theme_color: "#3d6b2f",
      site_name: "Specimen garden",
      image: "SITE/assets/img/head.png",
      manifest: "SITE/manifest.webmanifest",
      amp: "SITE/structured/head?amp",
      next: "SITE/structured/rdfa",
      license: "SITE/licence",
      icons: [
        { url: "SITE/assets/icon.svg", rel: "icon", type: "image/svg+xml" },
        { url: "SITE/assets/img/touch.png", rel: "apple-touch-icon", sizes: "180x180" },
        { url: "SITE/favicon.ico", rel: "shortcut icon" },
        { url: "SITE/assets/img/icon32.png", rel: "icon", sizes: "32x32", type: "image/png" },
      ],
      feeds: [
        { url: "SITE/news/feed.xml", title: "News", type: "application/rss+xml" },
        { url: "SITE/news/atom.xml", title: "News as Atom", type: "application/atom+xml" },
        { url: "SITE/news/feed.json", title: "News as JSON", type: "application/feed+json" },
      ],
      alternates: [
        { url: "SITE/structured/kopf", language: "de" },
        { url: "SITE/structured/head", language: "x-default" },
      ],
    });
  });

  it("reads a head with a title alone", () => {
    expect(parseHtml("metadata", "<title> A\n title </title>")).toEqual({
      ...{ url: "https://page.example/dir/page", title: "A title", icons: [], feeds: [], alternates: [] },
    });
  });
});

describe("structured-data", () => {
  it("reads JSON-LD in odd forms, and leaves out what is broken", async () => {
    expect(await parsePage("structured-data", "/structured/json-ld")).toEqual({
      json_ld: [
        {
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
        },
        { "@context": "http://schema.org/", "@type": "BreadcrumbList", itemListElement: [] },
        {
          "@context": "https://schema.org",
          "@type": "Recipe",
          name: "Tea with </ script> in its name",
          recipeIngredient: ["water", "leaves"],
        },
        { "@type": "Thing", name: "Tab in a string" },
      ],
      microdata: [],
      rdfa: [],
    });
  });

  it("reads nested Microdata, with parts from elsewhere on the page", async () => {
    expect(await parsePage("structured-data", "/structured/microdata")).toEqual({
      json_ld: [],
      microdata: [
        {
          "@type": "Recipe",
          "@id": "urn:recipe:7",
          recipeYield: "4 bowls",
          name: "Nettle soup",
          author: { "@type": "Organization", name: "Forage club" },
          cookTime: "PT25M",
          recipeIngredient: ["young nettles", "potatoes"],
          nutrition: { "@type": "NutritionInformation", calories: "180" },
          score: "0.8",
          url: "SITE/structured/soup",
        },
        { untyped: "No type at all", name: "No type at all" },
      ],
      rdfa: [],
    });
  });

  it("reads RDFa", async () => {
    expect(await parsePage("structured-data", "/structured/rdfa")).toEqual({
      json_ld: [],
      microdata: [],
      rdfa: [
        {
          "@type": "Product",
          "@id": "#tray",
          name: "Walnut tea tray",
          image: "SITE/assets/img/tray.png",
          description: "One board, two handles, oiled by hand.",
          brand: { "@type": "Brand", name: "Low Kiln" },
          offers: {
            "@type": "Offer",
            price: "58.00",
            priceCurrency: "USD",
            availability: "https://schema.org/PreOrder",
          },
          aggregateRating: {
            "@type": "AggregateRating",
            ratingValue: "4.2",
            bestRating: "5",
            ratingCount: "17",
          },
        },
      ],
    });
  });

  it("ends on Microdata that refers to itself", () => {
    const html = `<div itemscope itemref="b" id="a"><b itemprop="x">1</b></div>
      <div id="b" itemprop="child" itemscope itemref="b c"><i itemprop="y">2</i></div><p id="c" itemprop="z">3</p>`;
    expect(parseHtml("structured-data", html)).toMatchObject({
      microdata: [{ x: "1", child: { y: "2", z: "3" } }],
    });
  });
});

describe("product", () => {
  it("is read from JSON-LD", async () => {
    expect(await parsePage("product", "/shop/kettles/enamel-camp-kettle")).toEqual({
      name: "Enamel Camp Kettle 2 l",
      ...{ price: 31.25, currency: "EUR", availability: "OutOfStock", brand: "Fernway" },
      description: "Steel under two coats of enamel, for stoves and open fires.",
      sku: "enamel-camp-kettle",
      rating: { value: 4.1, count: 45 },
      url: "SITE/shop/kettles/enamel-camp-kettle",
      images: ["SITE/assets/img/enamel-camp-kettle.png"],
    });
  });

  it("is read from a graph, with the range of its offers", async () => {
    expect(await parsePage("product", "/structured/json-ld")).toEqual({
      ...{ name: "Cup without a handle", price: 9, price_high: 14, currency: "EUR", images: [] },
    });
  });

  it("is read from RDFa", async () => {
    expect(await parsePage("product", "/structured/rdfa")).toEqual({
      name: "Walnut tea tray",
      ...{ price: 58, currency: "USD", availability: "PreOrder", brand: "Low Kiln" },
      description: "One board, two handles, oiled by hand.",
      rating: { value: 4.2, best: 5, count: 17 },
      images: ["SITE/assets/img/tray.png"],
    });
  });

  it("is told by its looks when nothing is stated", async () => {
    expect(await parsePage("product", "/structured/unmarked-product")).toMatchObject({
      name: "Folding stool",
      ...{ price: 1299.9, currency: "SEK", availability: "InStock", brand: "Fernway" },
      rating: { value: 4.7, best: 5, count: 38 },
      images: ["SITE/assets/img/stool.png", "SITE/assets/img/stool-open.png"],
    });
  });

  it("has the price that is asked now, not a former one", () => {
    const html = `<html lang="sv"><main><h1>Pall</h1><div class="prices"><s class="old-price">1 499,00 kr</s>
      <span class="price">1 299,90 kr</span></div><button>Lägg i varukorgen</button></main></html>`;
    expect(parseHtml("product", html)).toMatchObject({ name: "Pall", price: 1299.9, currency: "SEK" });
  });

  it.each(["/news/market-hall", "/shop/", "/shop/delivery"])("%s is not one", async (path) => {
    await expect(parsePage("product", path)).rejects.toThrow(ParserOutputMissing);
  });
});

describe("article", () => {
  it("has the story without the page around it", async () => {
    expect(await parsePage("article", "/news/market-hall")).toEqual({
      title: "Market hall keeps its glass roof",
      byline: "Town desk",
      published: "2026-06-21T16:45:00Z",
      site_name: "The Estuary Post",
      language: "en",
      excerpt: "The council voted by a narrow margin to repair the roof and not to replace it.",
      image: "SITE/assets/img/market-hall.png",
      content: `By the Town desk, 2026-06-21

**The council voted by a narrow margin to repair the roof and not to replace it.**

![Photograph for: Market hall keeps its glass roof](SITE/assets/img/market-hall.png)

Picture taken last week from the ferry.

Repairing costs a fifth more, but the hall stays open on three days a week while the work goes on.

Stallholders had collected four thousand signatures. They will bear part of the cost through higher fees in the two years to come.
`,
      length: 490,
    });
  });

  it("keeps headings, code with its language, and quotes", async () => {
    const article = await parsePage("article", "/docs/getting-started");
    expect(article).toMatchObject({ title: "Getting started" });
    const { content } = article as { content: string };
    for (const part of ["## Install", "```toml\n[step.compile]", "> A step without `inputs` always runs."]) {
      expect(content).toContain(part);
    }
  });

  it.each(["", "<head>", "<html><head></head><body>", "<body><body>"])("is found after %j", (before) => {
    const text = "A sentence, long enough to count, with commas, so that it is taken for text. ".repeat(3);
    expect(parseHtml("article", `${before}<p>${text}</p>`)).toMatchObject({ content: `${text.trim()}\n` });
  });

  it("leaves out what is hidden, and survives names that XML does not allow", () => {
    const text = "A sentence, long enough to count, with commas, so that it is taken for text. ".repeat(8);
    const html = `<html><body><article a<b="1" @click="x"><h1>Title</h1><p>${text}</p>
      <p hidden>Secret</p><p>Unseen</p><x:y z'="2">kept &amp; "quoted" <b>5 &lt; 6</b></x:y></article></body></html>`;
    const captured = new CapturedHtml(html.replace(">Unseen", " data-trawl-hidden-k3y>Unseen"), "k3y");
    const input = { html: captured.toPageHtml(), url: "https://page.example/" };
    const { content } = runOn("article", input) as { content: string };
    expect(content).not.toMatch(/Secret|Unseen/);
    expect(content).toContain('kept & "quoted" **5 < 6**');
  });
});

describe("tables", () => {
  it("have caption, headings and rows", async () => {
    expect(await parsePage("tables", "/shop/delivery")).toEqual({
      tables: [
        {
          caption: "What sending costs",
          headers: ["To", "Days", "Price"],
          rows: [
            ["Same country", "1 to 2", "€4.90"],
            ["Neighbouring countries", "3 to 5", "€9.50"],
            ["Elsewhere", "7 to 14", "€19.00"],
          ],
        },
      ],
    });
  });

  it("repeat cells that span, and join headings one above the other", async () => {
    const { tables } = (await parsePage("tables", "/structure/tables")) as { tables: unknown[] };
    expect(tables[0]).toEqual({
      caption: "Ferries by season",
      headers: ["Line", "Summer Weekdays", "Summer Sundays", "Winter"],
      rows: [
        ["North", "24", "18", "12"],
        ["South | express", "30 on all days", "30 on all days", ""],
        ["Island", "4 6 in August", "see below", "a|b"],
        Array(4).fill("All times are those of the north bank."),
      ],
    });
  });

  it("do not grow beyond bounds by what cells say they span", () => {
    const html = `<table>${'<tr><td rowspan="65534" colspan="1000">x</td></tr>'.repeat(300)}</table>`;
    expect(() => parseHtml("tables", html)).not.toThrow(RangeError);
  });
});

describe("extract-emails", () => {
  it("finds addresses in links, in text and in disguise, and nothing else", async () => {
    expect(await parsePage("extract-emails", "/contact/office")).toEqual({
      emails: [
        "office@ferry.example",
        "treasurer@ferry.example",
        "audit@ferry.example",
        "harbour@ferry.example",
        "press.desk+news@media.ferry.example",
        "boats@ferry.example",
        "crew@ferry.example",
        "lost@ferry.example",
      ],
    });
  });
});

describe("extract-socials", () => {
  it("finds profiles, each once, and not what shares the page", async () => {
    const { socials } = (await parsePage("extract-socials", "/contact/social")) as {
      socials: { network: string; url: string }[];
    };
    expect(socials.map(({ url }) => url)).toEqual([
      "https://facebook.com/ferrysocietyexample",
      "https://x.com/ferryexample",
      "https://instagram.com/ferry.society.example",
      "https://linkedin.com/company/ferry-society-example",
      "https://youtube.com/@ferrysocietyexample",
      "https://tiktok.com/@ferrysocietyexample",
      "https://github.com/ferry-society-example",
      "https://bsky.app/profile/ferry.example",
      "https://social.example/@ferry",
      "https://t.me/ferryexample",
      "https://wa.me/441234567890",
      "https://discord.gg/example",
      "https://pinterest.com/ferryexample",
      "https://threads.net/@ferryexample",
      "https://reddit.com/r/ferryexample",
    ]);
    expect(socials[8]).toEqual({
      network: "mastodon",
      username: "ferry@social.example",
      url: "https://social.example/@ferry",
    });
  });
});

describe("extract-calendars", () => {
  it("finds events, and links to calendars with the events in them", async () => {
    expect(await parsePage("extract-calendars", "/contact/events")).toEqual({
      events: [
        {
          name: "Evening crossing",
          start: "2026-07-04T18:30:00+01:00",
          end: "2026-07-04T21:00:00+01:00",
          location: "North landing",
          address: "Old Quay 1, GB",
          status: "EventScheduled",
        },
        {
          name: "Painting the rails",
          start: "2026-09-12T09:00",
          location: "Boat shed",
          description: "Brushes are there, bring old clothes.",
        },
      ],
      calendars: [
        { kind: "ics", url: "SITE/contact/events.ics", title: "All events" },
        { kind: "ics", url: "SITE/contact/evening-crossing.ics", title: "Add to calendar" },
        {
          kind: "google",
          url: "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Evening+crossing&dates=20260704T173000Z/20260704T200000Z&location=North+landing",
          title: "Google Calendar",
          event: {
            name: "Evening crossing",
            start: "2026-07-04T17:30:00Z",
            end: "2026-07-04T20:00:00Z",
            location: "North landing",
          },
        },
        {
          kind: "outlook",
          url: "https://outlook.live.com/calendar/0/deeplink/compose?subject=Evening+crossing&startdt=2026-07-04T17:30:00Z",
          title: "Outlook",
          event: { name: "Evening crossing", start: "2026-07-04T17:30:00Z" },
        },
        { kind: "webcal", url: "webcal://ferry.example/contact/events.ics", title: "all events" },
      ],
    });
  });
});

describe("google-search", () => {
  const organic = [
    {
      title: "Copper Stove Kettle 1.7 l | Tin and Clay",
      link: "https://shop.example/kettles/copper-stove-kettle",
      snippet: "Spun copper with a tin lining. Whistles when the water boils.",
      sitelinks: [
        { title: "Teapots", link: "https://shop.example/teapots" },
        { title: "Delivery", link: "https://shop.example/delivery" },
      ],
      position: 1,
    },
    {
      title: "How to clean a copper kettle & keep it bright",
      link: "https://home.example/guides/copper?lang=en&print=1",
      snippet: "Lemon, salt and patience: what works on copper and what scratches it.",
      date: "12 Jan 2026",
      position: 2,
    },
    {
      title: "Tinning: why copper pots are lined",
      link: "https://metal.example/tinning#history",
      snippet: "Bare copper reacts with acids. A thin coat of tin has prevented that for centuries.",
      date: "3 days ago",
      position: 3,
    },
  ];
  const relatedSearches = [
    { query: "copper kettle vintage" },
    { query: "copper kettle cleaning" },
    { query: "stove kettle whistle" },
  ];

  it("reads results, questions, the panel and related searches, and no advertisements", async () => {
    expect(await parsePage("google-search", "/search?q=copper+kettle")).toEqual({
      searchParameters: { q: "copper kettle", type: "search", engine: "google" },
      knowledgeGraph: {
        title: "Kettle",
        type: "Kitchenware",
        website: "https://kettle.example/",
        description: "A kettle is a vessel with a lid, a spout and a handle, in which water is boiled.",
        descriptionSource: "An encyclopaedia",
        descriptionLink: "https://encyclopaedia.example/kettle",
        attributes: { Material: "copper, steel, glass", "Usual size": "1 to 2 litres" },
      },
      organic,
      peopleAlsoAsk: [
        {
          question: "Is it safe to boil water in a copper kettle?",
          snippet: "Yes, as long as the lining is whole.",
          title: "Copper in the kitchen",
          link: "https://metal.example/kitchen",
        },
        {
          question: "How long does a copper kettle last?",
          snippet: "Several decades, if it is tinned again now and then.",
          title: "Tinning: why copper pots are lined",
          link: "https://metal.example/tinning",
        },
      ],
      relatedSearches,
    });
  });

  it("reads the page for clients without scripts, whose links go by way of Google", async () => {
    const [{ sitelinks: _, ...first } = {}, ...more] = organic;
    expect(await parsePage("google-search", "/search?q=copper+kettle&gbv=1")).toEqual({
      searchParameters: { q: "copper kettle", type: "search", engine: "google" },
      organic: [first, ...more],
      relatedSearches,
    });
  });

  it("reads another language", async () => {
    expect(await parsePage("google-search", "/search?q=pegel+hafen&hl=de")).toMatchObject({
      searchParameters: { q: "pegel hafen", hl: "de" },
      organic: [{ title: "Pegelstände im Hafen – heute" }, { date: "04.02.2026", position: 2 }],
    });
  });

  it("answers a search without results with none", async () => {
    expect(await parsePage("google-search", "/search?q=qzxv+wvut")).toEqual({
      searchParameters: { q: "qzxv wvut", type: "search", engine: "google" },
      organic: [],
    });
  });

  it("does not take a page that asks whether one is a robot for results", () => {
    const html = `<title>https://www.google.com/search?q=x</title><form id="captcha-form"><div class="g-recaptcha"></div></form>`;
    expect(() => parseHtml("google-search", html, "https://www.google.com/sorry/index?q=abc")).toThrow(
      ParserOutputMissing,
    );
  });
});
