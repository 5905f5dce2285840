/**
 * Search results with the structure of Google's result page: organic results in `#rso`, `.related-question-pair`, related
 * searches in `#botstuff`, the knowledge panel in `#rhs`. The class names are Google's as of 2025, the texts are not.
 */
import { escapeHtml } from "../layout.ts";
import type { Page } from "../page.ts";

interface Result {
  title: string;
  link: string;
  /** The URL as shown: host and path as breadcrumbs. */
  crumbs: string;
  snippet: string;
  date?: string;
  sitelinks?: { title: string; link: string }[];
}

interface Results {
  query: string;
  language: string;
  stats: string;
  ads: Result[];
  organic: Result[];
  questions: { question: string; answer: string; title: string; link: string }[];
  related: string[];
  panel?: {
    title: string;
    type: string;
    description: string;
    website: string;
    source: { name: string; link: string };
    attributes: [name: string, value: string][];
  };
}

const kettles: Results = {
  query: "copper kettle",
  language: "en",
  stats: "About 1,230,000 results (0.31 seconds)",
  ads: [
    {
      title: "Kettles on sale today",
      link: "https://ads.example/landing?click=1",
      crumbs: "https://ads.example",
      snippet: "An advertisement, which is no result.",
    },
  ],
  organic: [
    {
      title: "Copper Stove Kettle 1.7 l | Tin and Clay",
      link: "https://shop.example/kettles/copper-stove-kettle",
      crumbs: "https://shop.example › kettles",
      snippet: "Spun copper with a tin lining. Whistles when the water boils.",
      sitelinks: [
        { title: "Teapots", link: "https://shop.example/teapots" },
        { title: "Delivery", link: "https://shop.example/delivery" },
      ],
    },
    {
      title: "How to clean a copper kettle & keep it bright",
      link: "https://home.example/guides/copper?lang=en&print=1",
      crumbs: "https://home.example › guides",
      snippet: "Lemon, salt and patience: what works on copper and what scratches it.",
      date: "12 Jan 2026",
    },
    {
      title: "Tinning: why copper pots are lined",
      link: "https://metal.example/tinning#history",
      crumbs: "https://metal.example › tinning",
      snippet: "Bare copper reacts with acids. A thin coat of tin has prevented that for centuries.",
      date: "3 days ago",
    },
  ],
  questions: [
    {
      question: "Is it safe to boil water in a copper kettle?",
      answer: "Yes, as long as the lining is whole.",
      title: "Copper in the kitchen",
      link: "https://metal.example/kitchen",
    },
    {
      question: "How long does a copper kettle last?",
      answer: "Several decades, if it is tinned again now and then.",
      title: "Tinning: why copper pots are lined",
      link: "https://metal.example/tinning",
    },
  ],
  related: ["copper kettle vintage", "copper kettle cleaning", "stove kettle whistle"],
  panel: {
    title: "Kettle",
    type: "Kitchenware",
    description: "A kettle is a vessel with a lid, a spout and a handle, in which water is boiled.",
    website: "https://kettle.example/",
    source: { name: "An encyclopaedia", link: "https://encyclopaedia.example/kettle" },
    attributes: [
      ["Material", "copper, steel, glass"],
      ["Usual size", "1 to 2 litres"],
    ],
  },
};

const tides: Results = {
  query: "pegel hafen",
  language: "de",
  stats: "Ungefähr 48.100 Ergebnisse (0,22 Sekunden)",
  ads: [],
  organic: [
    {
      title: "Pegelstände im Hafen – heute",
      link: "https://pegel.example/hafen",
      crumbs: "https://pegel.example › hafen",
      snippet: "Aktueller Wasserstand, alle zehn Minuten neu gemessen.",
    },
    {
      title: "Gezeiten verstehen",
      link: "https://meer.example/gezeiten",
      crumbs: "https://meer.example › gezeiten",
      snippet: "Warum das Wasser kommt und geht, mit Zeichnungen.",
      date: "04.02.2026",
    },
  ],
  questions: [],
  related: ["pegel heute", "gezeitenkalender"],
};

const none: Results = {
  query: "qzxv wvut",
  language: "en",
  stats: "",
  ads: [],
  organic: [],
  questions: [],
  related: [],
};

const organicResult = ({ title, link, crumbs, snippet, date, sitelinks = [] }: Result) => `
        <div class="MjjYud"><div class="g Ww4FFb" data-hveid="CAkQAA"><div class="N54PNb">
          <div class="yuRUbf"><a href="${escapeHtml(link)}" data-ved="2ah"><h3 class="LC20lb MBeuO DKV0Md">${escapeHtml(title)}</h3><div class="TbwUpd"><cite class="qLRx3b tjvcx" role="text">${crumbs}</cite></div></a></div>
          <div class="VwiC3b">${date ? `<span class="LEwnzc"><span>${date}</span> — </span>` : ""}<span>${escapeHtml(snippet)}</span></div>
          ${sitelinks.length ? `<div class="HiHjCd"><table>${sitelinks.map((site) => `<tr><td><a class="fl" href="${site.link}">${site.title}</a></td></tr>`).join("")}</table></div>` : ""}
        </div></div></div>`;

const question = ({ question, answer, title, link }: Results["questions"][number]) => `
          <div class="related-question-pair" data-q="${question}">
            <div jsname="tJHJj" role="button" aria-expanded="false"><span class="CSkcDe">${question}</span></div>
            <div class="wDYxhc" data-md="61" style="display: none">
              <span class="hgKElc">${answer}</span>
              <div class="yuRUbf"><a href="${link}"><h3 class="LC20lb MBeuO DKV0Md">${title}</h3><cite>${link}</cite></a></div>
            </div>
          </div>`;

const knowledgePanel = (panel: NonNullable<Results["panel"]>) => `
    <div id="rhs"><div class="kp-wholepage kp-wholepage-osrp">
      <h2 class="qrShPb" data-attrid="title"><span>${panel.title}</span></h2>
      <div class="wwUB2c" data-attrid="subtitle"><span>${panel.type}</span></div>
      <div class="kno-rdesc"><h3>Description</h3><span>${panel.description}</span> <span><a href="${panel.source.link}">${panel.source.name}</a></span></div>
      <a class="ab_button" data-attrid="visit_official_site" href="${panel.website}">Website</a>
      ${panel.attributes.map(([name, value]) => `<div class="wDYxhc" data-attrid="kc:/kitchen:${name.toLowerCase()}"><span class="w8qArf">${name}: </span><span class="LrzXr kno-fv">${value}</span></div>`).join("")}
    </div></div>`;

const searchPath = (query: string) => `/search?q=${encodeURIComponent(query).replaceAll("%20", "+")}`;

const resultsHtml = ({
  query,
  language,
  stats,
  ads,
  organic,
  questions,
  related,
  panel,
}: Results) => `<!doctype html>
<html lang="${language}" itemscope itemtype="http://schema.org/SearchResultsPage">
<head><meta charset="utf-8"><title>${escapeHtml(query)} - Search</title><link rel="stylesheet" href="/assets/site.css"></head>
<body class="srp" id="gsr">
  <div id="searchform"><form action="/search" role="search"><textarea class="gLFyf" name="q" aria-label="Search">${escapeHtml(query)}</textarea><input name="hl" type="hidden" value="${language}"></form></div>
  <div id="hdtb"><a href="${searchPath(query)}&amp;tbm=isch">Images</a> <a href="${searchPath(query)}&amp;tbm=nws">News</a></div>
  <div id="main">
    <div id="result-stats">${stats}</div>
    <div id="tads">${ads.map((ad) => `<div class="uEierd" data-text-ad="1"><div class="v5yQqb"><a href="${ad.link}"><div role="heading"><span>${ad.title}</span></div></a></div><div class="MUxGbd">${ad.snippet}</div></div>`).join("")}</div>
    <div id="center_col"><div id="res"><div id="search">
      <h1 class="bNg8Rb visually-hidden">Search results</h1>
      <div id="rso">${organic.slice(0, 1).map(organicResult).join("")}
        ${questions.length ? `<div class="MjjYud"><div class="cUnQKe" data-initq="${query}"><div role="heading"><span>People also ask</span></div>${questions.map(question).join("")}</div></div>` : ""}
        ${organic.slice(1).map(organicResult).join("")}
        ${organic.length ? "" : `<div class="card-section"><p role="heading">Your search - <em>${query}</em> - did not match any documents.</p></div>`}
      </div>
    </div></div>
    <div id="botstuff">${related.length ? `<div class="card-section"><div role="heading"><span>Related searches</span></div>${related.map((words) => `<div class="nVcaUb"><a class="k8XOCe" href="${searchPath(words)}&amp;sa=X"><div class="s75CSd"><span>${words}</span></div></a></div>`).join("")}</div>` : ""}
      <table class="AaVjTc"><tr><td><a href="${searchPath(query)}&amp;start=10" aria-label="Page 2">2</a></td><td><a id="pnnext" href="${searchPath(query)}&amp;start=10"><span>Next</span></a></td></tr></table>
    </div></div>
    ${panel ? knowledgePanel(panel) : ""}
  </div>
</body>
</html>
`;

/** The version for clients without JavaScript: no meaningful classes, and links through `/url`. */
const basicHtml = ({ query, language, organic, related }: Results) => `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${escapeHtml(query)} - Search</title></head>
<body>
  <form action="/search"><input name="q" value="${escapeHtml(query)}"></form>
  <div id="main">
    ${organic
      .map(
        ({
          title,
          link,
          crumbs,
          snippet,
          date,
        }) => `<div class="Gx5Zad xpd EtOod pkphOe"><div class="egMi0 kCrYT"><a href="/url?q=${encodeURIComponent(link)}&amp;sa=U&amp;ved=2ah"><h3 class="zBAuLc l97dzf"><div class="BNeawe vvjwJb AP7Wnd">${escapeHtml(title)}</div></h3><div class="BNeawe UPmit AP7Wnd">${crumbs}</div></a></div>
      <div class="kCrYT"><div class="BNeawe s3v9rd AP7Wnd">${date ? `<span class="r0bn4c rQMQod">${date}</span> · ` : ""}${escapeHtml(snippet)}</div></div></div>`,
      )
      .join("\n    ")}
    ${related.map((words) => `<div class="X7NTVe"><a class="tHmfQe" href="${searchPath(words)}&amp;sa=X"><div class="BNeawe s3v9rd AP7Wnd lRVwie">${words}</div></a></div>`).join("\n    ")}
  </div>
</body>
</html>
`;

const known = [kettles, tides, none];
const pattern = "/search";

const respond: Page["respond"] = ({ url }) => {
  const results = known.find(({ query }) => query === url.searchParams.get("q")) ?? none;
  return { body: url.searchParams.has("gbv") ? basicHtml(results) : resultsHtml(results) };
};

const resultsPage = (path: string, title: string, results: Results, text: string[]): Page => ({
  path,
  pattern,
  title,
  kind: "search",
  expect: { status: 200, title: `${results.query} - Search`, text },
  respond,
});

export const searchPages: Page[] = [
  resultsPage(
    "/search?q=copper+kettle",
    "Results with questions, a panel, sitelinks and an advertisement",
    kettles,
    [
      "Copper Stove Kettle 1.7 l | Tin and Clay",
      "Is it safe to boil water in a copper kettle?",
      "stove kettle whistle",
    ],
  ),
  resultsPage("/search?q=pegel+hafen&hl=de", "Results in German, without a panel", tides, [
    "Gezeiten verstehen",
  ]),
  resultsPage("/search?q=copper+kettle&gbv=1", "Results for clients without scripts", kettles, [
    "Tinning: why copper pots are lined",
  ]),
  resultsPage("/search?q=qzxv+wvut", "No results", none, ["did not match any documents."]),
];
