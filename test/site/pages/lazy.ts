/** Pages that load content on scroll, and pages that redirect the browser. */
import { framedPage } from "../layout.ts";
import type { Expectation, Page, Route } from "../page.ts";
import { specimens } from "./structure.ts";

/** Four sections, each fetched when it scrolls into view. */
const lazySections = framedPage(specimens, {
  path: "/structure/lazy-sections",
  heading: "Sections on scroll",
  head: `<style>.lazy { min-height: 120vh }</style>`,
  main: `
    <h1>Sections on scroll</h1>
    ${[1, 2, 3, 4].map((n) => `<section class="lazy" data-part="${n}"><p>Part ${n} comes when you get here.</p></section>`).join("\n    ")}`,
  script: `
    const seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        fetch("/structure/api/part/" + target.dataset.part).then((answer) => answer.text()).then((text) => {
          target.innerHTML = text;
        });
      }
    });
    for (const section of document.querySelectorAll(".lazy")) seen.observe(section);`,
  expect: {
    byScript: true,
    text: ["Part 1 of the story has come.", "Part 4 of the story has come."],
    notText: ["Part 4 comes when you get here."],
  },
});

/** Loads ten entries each time the end scrolls into view, fifty in total. */
const boundedScroll = framedPage(specimens, {
  path: "/structure/more-on-scroll",
  heading: "More on scroll",
  main: `
    <h1>More on scroll</h1>
    <ul id="entries"></ul>
    <p id="end">Loading more…</p>`,
  script: `
    let next = 1;
    let isLoading = false;
    const end = document.querySelector("#end");
    const more = async () => {
      if (isLoading || next > 5) return;
      isLoading = true;
      const lines = await (await fetch("/structure/api/entries/" + next++)).json();
      for (const line of lines) {
        const item = document.createElement("li");
        item.style.minHeight = "4rem";
        item.textContent = line;
        document.querySelector("#entries").append(item);
      }
      isLoading = false;
      if (next > 5) end.textContent = "That was " + "all.";
      else if (end.getBoundingClientRect().top < innerHeight) more();
    };
    new IntersectionObserver(([entry]) => entry.isIntersecting && more()).observe(end);
    addEventListener("scroll", () => end.getBoundingClientRect().top < innerHeight && more());`,
  expect: {
    byScript: true,
    text: ["Entry 1 of 50", "Entry 50 of 50", "That was all."],
    notText: ["Loading more…"],
  },
});

const arrival = framedPage(specimens, {
  path: "/structure/arrival",
  heading: "Arrival",
  main: `<h1>Arrival</h1><p>This is where all ways lead.</p><p id="from"></p>`,
  expect: { text: ["This is where all ways lead."] },
});

const sentOn = (
  path: string,
  heading: string,
  head: string,
  script: string,
  finalPath = "/structure/arrival",
) =>
  framedPage(specimens, {
    path,
    heading,
    head,
    main: `<h1>${heading}</h1><p>You are being sent on.</p>`,
    script,
    expect: {
      ...arrival.expect,
      byScript: true,
      finalPath,
      notText: ["You are being sent on."],
    } satisfies Expectation,
  });

const waysToArrive = [
  sentOn(
    "/structure/refresh",
    "Sent on by refresh",
    `<meta http-equiv="refresh" content="0; url=/structure/arrival">`,
    "",
  ),
  sentOn("/structure/replace", "Sent on by script", "", `location.replace("/structure/arrival");`),
  sentOn(
    "/structure/after-answer",
    "Sent on after a question to the server",
    "",
    `const { to } = await (await fetch("/structure/api/where")).json(); location.href = to + "?asked=1#end";`,
    "/structure/arrival?asked=1#end",
  ),
  sentOn(
    "/structure/form-post",
    "Sent on by a form",
    "",
    `const form = Object.assign(document.createElement("form"), { action: "/structure/arrival" });
    form.innerHTML = "<input name=token value=7>";
    document.body.append(form);
    form.submit();`,
    "/structure/arrival?token=7",
  ),
];

export const lazyPages: Page[] = [lazySections, boundedScroll, arrival, ...waysToArrive];

export const lazyRoutes: Route[] = [
  {
    pattern: "/structure/api/part/:n",
    respond: ({ params }) => ({
      body: `<h2>Part ${params.n}</h2><p>Part ${params.n} of the story has come.</p>`,
    }),
  },
  {
    pattern: "/structure/api/entries/:n",
    respond: ({ params }) => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify(
        Array.from({ length: 10 }, (_, index) => `Entry ${(Number(params.n) - 1) * 10 + index + 1} of 50`),
      ),
    }),
  },
  {
    pattern: "/structure/api/where",
    respond: () => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ to: "/structure/arrival" }),
    }),
  },
];
