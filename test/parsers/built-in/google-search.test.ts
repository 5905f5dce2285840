import { describe, expect, it } from "vitest";
import { ParserOutputMissing } from "../../../src/parsers/failure.ts";
import { parseHtml, parsePage } from "../parse-page.ts";

describe("@trawl/google-search", () => {
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

  it("reads results, questions, the knowledge panel and related searches, but no ads", async () => {
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

  it("reads the page for clients without JavaScript, whose links redirect through Google", async () => {
    const [{ sitelinks: _, ...first } = {}, ...more] = organic;
    expect(await parsePage("google-search", "/search?q=copper+kettle&gbv=1")).toEqual({
      searchParameters: { q: "copper kettle", type: "search", engine: "google" },
      organic: [first, ...more],
      relatedSearches,
    });
  });

  it("reads a page in another language", async () => {
    expect(await parsePage("google-search", "/search?q=pegel+hafen&hl=de")).toMatchObject({
      searchParameters: { q: "pegel hafen", hl: "de" },
      organic: [{ title: "Pegelstände im Hafen – heute" }, { date: "04.02.2026", position: 2 }],
    });
  });

  it("returns an empty list for a search without results", async () => {
    expect(await parsePage("google-search", "/search?q=qzxv+wvut")).toEqual({
      searchParameters: { q: "qzxv wvut", type: "search", engine: "google" },
      organic: [],
    });
  });

  it("does not mistake a CAPTCHA page for results", () => {
    const html = `<title>https://www.google.com/search?q=x</title><form id="captcha-form"><div class="g-recaptcha"></div></form>`;
    expect(() => parseHtml("google-search", html, "https://www.google.com/sorry/index?q=abc")).toThrow(
      ParserOutputMissing,
    );
  });
});
