/** Any number of pages for large batches and benchmarks, and pages with almost no HTML. */
import type { Page, Respond } from "../page.ts";

/** About 1 KB, and complete as soon as it is parsed. `:n` is any name, shown in the title and the text. */
const tiny: Respond = ({ params }) => {
  const n = params.n?.replace(/[^\w.-]/g, "") ?? "";
  return {
    body: `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Tiny page ${n}</title>
  <meta name="description" content="Page ${n} of as many as you like.">
</head>
<body>
  <header><nav><a href="/tiny/1">First</a> <a href="/tiny/2">Second</a></nav></header>
  <main>
    <h1>Tiny page ${n}</h1>
    <p>This is page ${n} of as many as you like. It has no style, no picture and no script, so that what it takes to
    render it is what it takes to render anything at all: to be handed out, opened, read, kept and reported.</p>
    <p>A batch of thousands of these tells how much of the time goes into everything but the pages.</p>
    <ul>
      <li><a href="/tiny/${n}?again">This page again</a></li>
      <li><a href="/shop/">A shop</a></li>
      <li><a href="/docs/">A manual</a></li>
    </ul>
  </main>
  <footer><p>End of page ${n}.</p></footer>
</body>
</html>
`,
  };
};

const tinyPages = ["1", "2"].map(
  (n): Page => ({
    path: `/tiny/${n}`,
    pattern: "/tiny/:n",
    title: `Tiny page ${n}`,
    kind: "plain",
    expect: { status: 200, title: `Tiny page ${n}`, text: [`End of page ${n}.`] },
    respond: tiny,
  }),
);

const sentences = [
  "The path follows the old canal for most of the way and leaves it only at the third lock.",
  "After rain the boards are slippery, which is why the rail was put back last spring.",
  "From the ridge one sees both valleys, and on clear days the sea behind them.",
  "There is a spring two hundred metres below the hut; its water is cold and good.",
  "Sheep graze here until October, so keep the gate shut and dogs on the lead.",
  "The hut has twelve beds, a stove and a book in which everybody writes when they came.",
  "Take the left fork: the right one ends at a quarry that is not fenced.",
];

/** Paragraphs that differ between pages but not between requests. */
const prose = (n: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const said = sentences.map((_, at) => sentences[(n + index * 3 + at) % sentences.length]);
    return `<p>${said.join(" ")} (${n}.${index + 1})</p>`;
  });

/** About 20 KB, with a stylesheet, three images and a typical script. */
const bench: Respond = ({ params, url }) => {
  const n = Number.parseInt(params.n ?? "", 10) || 0;
  const chapters = ["The way up", "Where to stop", "The hut", "The way down"];
  return {
    body: `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Walk ${n}: over the ridge</title>
  <meta name="description" content="Walk ${n} in a series of walks over the same ridge.">
  <link rel="canonical" href="${url.origin}/bench/${n}">
  <link rel="stylesheet" href="/assets/site.css">
</head>
<body>
  <header class="masthead">
    <p class="brand">Ridge Walks</p>
    <nav aria-label="Main"><ul>${[1, 2, 3, 4, 5].map((step) => `<li><a href="/bench/${n + step}">Walk ${n + step}</a></li>`).join("")}</ul></nav>
  </header>
  <main>
    <article>
      <h1>Walk ${n}: over the ridge</h1>
      <p id="length"></p>
      <nav aria-label="Contents"><ol id="contents"></ol></nav>
      ${chapters
        .map(
          (chapter, index) => `<section>
        <h2 id="part-${index + 1}">${chapter}</h2>
        ${index < 3 ? `<figure><img src="/assets/img/walk-${(n + index) % 9}.png" alt="View ${index + 1} of walk ${n}" width="320" height="240"><figcaption>View ${index + 1}</figcaption></figure>` : ""}
        ${prose(n + index, 6).join("\n        ")}
      </section>`,
        )
        .join("\n      ")}
      <h2>Times</h2>
      <table>
        <thead><tr><th>Point</th><th>Height</th><th>Time</th></tr></thead>
        <tbody>${Array.from({ length: 24 }, (_, row) => `<tr><td>Mark ${row + 1}</td><td>${400 + row * 35} m</td><td>${row * 11 + (n % 11)} min</td></tr>`).join("\n        ")}</tbody>
      </table>
    </article>
  </main>
  <footer><p>End of walk ${n}.</p></footer>
  <script>
    const contents = document.getElementById("contents");
    for (const heading of document.querySelectorAll("h2[id]")) {
      const link = Object.assign(document.createElement("a"), { href: "#" + heading.id, textContent: heading.textContent });
      contents.appendChild(document.createElement("li")).append(link);
    }
    const words = document.querySelector("article").textContent.split(/\\s+/).length;
    document.getElementById("length").textContent = "Takes " + Math.ceil(words / 200) + " minutes to read";
  </script>
</body>
</html>
`,
  };
};

const benchPage: Page = {
  path: "/bench/1",
  pattern: "/bench/:n",
  title: "Walk 1: over the ridge",
  kind: "plain",
  expect: { status: 200, title: "Walk 1: over the ridge", text: ["Mark 24", "End of walk 1."] },
  respond: bench,
};

/** A valid but empty response. */
const empty: Page = {
  path: "/plain/empty",
  title: "200 with an empty body",
  kind: "plain",
  expect: { status: 200, title: "" },
  respond: () => ({ body: "" }),
};

/** Text without elements. Browsers make a document of it. */
const bare: Page = {
  path: "/plain/bare",
  title: "HTML without any tag",
  kind: "plain",
  expect: { status: 200, title: "", text: ["Just a sentence, sent as HTML."] },
  respond: () => ({ body: "Just a sentence, sent as HTML." }),
};

/** Tag soup: unclosed and badly nested elements, upper case, attributes without quotes. */
const soup: Page = {
  path: "/plain/soup",
  title: "Tag soup",
  kind: "plain",
  expect: {
    status: 200,
    title: "Jam prices",
    text: ["Plum, large jar", "Quince, when there is any", "after the last row"],
  },
  respond: () => ({
    body: `<HTML><TITLE>Jam prices</TITLE><BODY BGCOLOR=#ffffcc>
<CENTER><H1>Jam prices</H2></CENTER>
<TABLE BORDER=1><TR><TD>Plum, large jar<TD><B>4.00<TR><TD>Quince, when there is any<TD><I>5.50</B></I>
</TABLE>
<P>Come to the <A HREF=/shop/>shop <A HREF='/shop/delivery'>or have it sent</A>
<P>This is after the last row<BR>and <FONT COLOR=red>the end
`,
  }),
};

export const plainPages: Page[] = [...tinyPages, benchPage, empty, bare, soup];
