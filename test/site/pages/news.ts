/** A local newspaper: articles with structured data, a slow one, a live page, and a missing one. */
import { setTimeout as after } from "node:timers/promises";
import { type Frame, framedDocument, framedPage, jsonLd, socialMeta, titleIn } from "../layout.ts";
import type { Page, Route } from "../page.ts";

const frame: Frame = {
  kind: "news",
  name: "The Estuary Post",
  tagline: "News from both banks of the river",
  accent: "#11564f",
  nav: [
    ["/news/", "Front page"],
    ["/news/live", "Live"],
    ["/news/feed.xml", "Feed"],
    ["/news/missing-story", "Archive"],
  ],
};

interface Article {
  slug: string;
  headline: string;
  /** ISO 8601. */
  published: string;
  desk: string;
  lead: string;
  paragraphs: string[];
}

export const articles: Article[] = [
  {
    slug: "tide-gauge",
    headline: "Old tide gauge finds its way back to the harbour",
    published: "2026-03-14T07:30:00Z",
    desk: "Harbour desk",
    lead: "A brass gauge that measured the river for ninety years has been set up again at the quay.",
    paragraphs: [
      "The gauge was taken down when the new lock was built, and lay in a shed behind the pumping station ever since. It was found during a stocktaking in January, wrapped in sailcloth and with its log books beside it.",
      "The books go back to the year the railway came. Each day has two entries in ink, one for high water and one for low, and a word about the wind. Only eleven days are missing.",
      "Volunteers cleaned the works over the winter and replaced one wheel, which was cut after a drawing in the oldest log book. Since Saturday the float rises and falls with the tide again.",
      "Its readings differ from those of the electronic gauge by less than two centimetres, the harbour office says. Both will be kept, and compared for a year.",
    ],
  },
  {
    slug: "night-trains",
    headline: "Night trains return to the coast line in autumn",
    published: "2026-05-02T05:00:00Z",
    desk: "Transport desk",
    lead: "Three sleeper services a week will call at the estuary from October, the railway announced.",
    paragraphs: [
      "The trains leave the capital late in the evening and reach the coast shortly before seven. Seats can be booked from June, berths from July.",
      "Between the two bridges the line has a single track, which is why the trains wait there for the early ferry workers' service. The railway calls this a feature: breakfast is served while the train stands.",
      "Bicycles travel free of charge in the last coach. Dogs need a ticket, cats do not.",
    ],
  },
  {
    slug: "market-hall",
    headline: "Market hall keeps its glass roof",
    published: "2026-06-21T16:45:00Z",
    desk: "Town desk",
    lead: "The council voted by a narrow margin to repair the roof and not to replace it.",
    paragraphs: [
      "Repairing costs a fifth more, but the hall stays open on three days a week while the work goes on.",
      "Stallholders had collected four thousand signatures. They will bear part of the cost through higher fees in the two years to come.",
    ],
  },
];

const storyBody = (article: Article) => `
    <article>
      <header>
        <h1>${article.headline}</h1>
        <p class="byline">By the <span rel="author">${article.desk}</span>, <time datetime="${article.published}">${article.published.slice(0, 10)}</time></p>
      </header>
      <p><strong>${article.lead}</strong></p>
      <figure>
        <img src="/assets/img/${article.slug}.png" alt="Photograph for: ${article.headline}" width="320" height="240">
        <figcaption>Picture taken last week from the ferry.</figcaption>
      </figure>
      ${article.paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join("\n      ")}
    </article>
    <aside aria-label="More">
      <h2>More from the ${article.desk.toLowerCase()}</h2>
      <ul>${articles
        .filter(({ slug }) => slug !== article.slug)
        .map(({ slug, headline }) => `<li><a href="/news/${slug}">${headline}</a></li>`)
        .join("")}</ul>
    </aside>`;

const story = (article: Article) => ({
  path: `/news/${article.slug}`,
  heading: article.headline,
  description: article.lead,
  head: (visit: Parameters<typeof socialMeta>[0]) => `
  <meta name="author" content="${article.desk}">
  <meta property="article:published_time" content="${article.published}">
  <link rel="alternate" type="application/rss+xml" title="${frame.name}" href="/news/feed.xml">
  ${jsonLd({
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    headline: article.headline,
    description: article.lead,
    datePublished: article.published,
    author: { "@type": "Organization", name: article.desk },
    publisher: { "@type": "NewsMediaOrganization", name: frame.name },
    image: `${visit.url.origin}/assets/img/${article.slug}.png`,
  })}
  ${socialMeta(visit, {
    type: "article",
    title: article.headline,
    description: article.lead,
    image: `/assets/img/${article.slug}.png`,
    siteName: frame.name,
  })}`,
  main: storyBody(article),
  expect: { text: [article.lead, article.paragraphs[0] ?? ""] },
});

const frontPage = framedPage(frame, {
  path: "/news/",
  heading: "Front page",
  head: `<link rel="alternate" type="application/rss+xml" title="${frame.name}" href="/news/feed.xml">`,
  main: `
    <h1>Today</h1>
    ${articles
      .map(
        ({ slug, headline, lead }) =>
          `<article class="card"><h2><a href="/news/${slug}">${headline}</a></h2><p>${lead}</p></article>`,
      )
      .join("\n    ")}`,
  expect: { text: ["Market hall keeps its glass roof"] },
});

const storyPages = articles.map((article): Page => {
  const page = framedPage(frame, story(article));
  if (article.slug !== "night-trains") return page;
  // The slow page: the server waits 1.5 s before it responds.
  return {
    ...page,
    respond: async (visit) => {
      await after(1500, undefined, { signal: visit.gone });
      return page.respond(visit);
    },
  };
});

/** Fetches three entries, one after the other. */
const live = framedPage(frame, {
  path: "/news/live",
  heading: "Live: ferry race",
  main: `
    <h1>Live: the ferry race</h1>
    <p>Newest first.</p>
    <ol id="entries" reversed></ol>`,
  script: `
    let next = "/news/api/live/1";
    while (next) {
      const entry = await (await fetch(next)).json();
      const item = document.createElement("li");
      item.append(
        Object.assign(document.createElement("time"), { textContent: entry.time }),
        Object.assign(document.createElement("p"), { textContent: entry.text }),
      );
      document.querySelector("#entries").prepend(item);
      next = entry.next;
    }`,
  expect: {
    byScript: true,
    text: ["Both ferries have left the north bank.", "The south ferry wins by half a length."],
  },
});

const liveEntries = [
  { time: "10:02", text: "Both ferries have left the north bank." },
  { time: "10:09", text: "They meet the pilot boat in mid-stream and slow down." },
  { time: "10:15", text: "The south ferry wins by half a length." },
];

const missing: Page = {
  path: "/news/missing-story",
  title: titleIn(frame, "Story not found"),
  kind: "news",
  expect: { status: 404, code: "http_error" },
  respond: (visit) => ({
    status: 404,
    body: framedDocument(
      frame,
      {
        path: "/news/missing-story",
        heading: "Story not found",
        main: `<h1>We cannot find this story</h1><p>It may have been taken back, or never written.</p>`,
      },
      visit,
    ),
  }),
};

export const newsPages: Page[] = [frontPage, ...storyPages, live, missing];

export const newsRoutes: Route[] = [
  {
    pattern: "/news/api/live/:n",
    respond: async ({ params, gone }) => {
      await after(60, undefined, { signal: gone });
      const n = Number(params.n);
      const entry = liveEntries[n - 1];
      return {
        status: entry ? 200 : 404,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...entry, next: n < liveEntries.length ? `/news/api/live/${n + 1}` : null }),
      };
    },
  },
];
