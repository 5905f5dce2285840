/** Pages that act when somebody scrolls: by handlers, in panes, and only now and then. */
import { framedPage } from "../layout.ts";
import type { Expectation, Page } from "../page.ts";
import { specimens } from "./structure.ts";

/** Adds rows to `#rows` until there are 40, whenever `more()` finds the end of `area` near. */
const growing = `
    let count = 0;
    const rows = document.querySelector("#rows");
    const more = (area) => {
      while (count < 40 && area.scrollTop + area.clientHeight > area.scrollHeight - 200) {
        for (let n = 0; n < 5; n++) {
          const row = Object.assign(document.createElement("p"), { textContent: "Row " + ++count + " of 40" });
          row.style.height = "8rem";
          rows.append(row);
        }
      }
    };`;
const whole = "document.scrollingElement";

const growingPage = (name: string, heading: string, head: string, main: string, script: string) =>
  framedPage(specimens, {
    path: `/structure/scroll-${name}`,
    heading,
    head,
    main: `<h1>${heading}</h1>${main}`,
    script: growing + script,
    expect: { byScript: true, text: ["Row 1 of 40", "Row 40 of 40"] },
  });

const pane = (side: string) =>
  `<style>#rows { position: fixed; inset: 0 auto 0 auto; ${side}: 0; width: 18rem; overflow: auto }</style>`;
const rows = `<div id="rows"></div>`;

const growingPages = [
  growingPage(
    "property",
    "A handler set by property",
    "",
    rows,
    `window.onscroll = () => more(${whole}); more(${whole});`,
  ),
  growingPage(
    "attribute",
    "A handler set by attribute",
    "",
    rows,
    `document.body.setAttribute("onscroll", "more()"); window.more = () => more(${whole}); window.more();`,
  ),
  growingPage(
    "left-pane",
    "A pane at the left",
    pane("left"),
    rows,
    `rows.addEventListener("scroll", () => more(rows)); more(rows);`,
  ),
  growingPage(
    "right-pane",
    "A pane at the right",
    pane("right"),
    rows,
    `rows.onscroll = () => more(rows); more(rows);`,
  ),
  growingPage(
    "body",
    "A body that scrolls in the window",
    `<style>html, body { height: 100%; overflow: hidden } body { overflow: auto }</style>`,
    rows,
    `document.body.addEventListener("scroll", () => more(document.body)); more(document.body);`,
  ),
  growingPage(
    "delayed",
    "Rows that take their time",
    "",
    rows,
    `
    let timer;
    const later = () => {
      timer ??= setTimeout(() => { timer = undefined; more(${whole}); }, 1100);
    };
    setTimeout(() => addEventListener("scroll", later), 1000);
    more(${whole});`,
  ),
  framedPage(specimens, {
    path: "/structure/scroll-frame",
    heading: "A list in a frame",
    main: `<h1>A list in a frame</h1><iframe src="/structure/scroll-property" title="The list" style="width: 100%; height: 60vh"></iframe>`,
    expect: { byScript: true, text: ["Row 1 of 40", "Row 40 of 40"] },
  }),
];

/** Parts that are there once they have been in view. `script` calls `look()` to see which are. */
const revealingPage = (name: string, heading: string, script: string) =>
  framedPage(specimens, {
    path: `/structure/reveal-${name}`,
    heading,
    head: `<style>.part { height: 70vh }</style>`,
    main: `<h1>${heading}</h1>${[1, 2, 3, 4, 5, 6, 7].map((n) => `<section class="part" data-n="${n}"></section>`).join("")}`,
    script: `
    const isInView = ({ top, bottom }) => top < innerHeight && bottom > 0;
    const reveal = (part) => { if (!part.firstChild) part.append("Part " + part.dataset.n + " has been seen."); };
    const parts = [...document.querySelectorAll(".part")];
    const look = () => parts.filter((part) => isInView(part.getBoundingClientRect())).forEach(reveal);
    ${script}`,
    expect: { byScript: true, text: [1, 2, 3, 4, 5, 6, 7].map((n) => `Part ${n} has been seen.`) },
  });

const revealingPages = [
  revealingPage(
    "throttled",
    "Looks at most every 130 ms",
    `
    let lookedAt = 0;
    addEventListener("scroll", () => {
      if (Date.now() - lookedAt < 130) return;
      lookedAt = Date.now();
      look();
    });
    look();`,
  ),
  revealingPage(
    "debounced",
    "Looks when scrolling has paused",
    `
    let timer;
    addEventListener("scroll", () => { clearTimeout(timer); timer = setTimeout(look, 100); });
    look();`,
  ),
  revealingPage("ticking", "Looks time and again", `setInterval(look, 100);`),
  revealingPage(
    "looping",
    "Looks in a loop",
    `const loop = () => { look(); setTimeout(loop, 70); }; loop();`,
  ),
  revealingPage(
    "flagged",
    "Looks at the next tick after it was scrolled",
    `
    let isScrolled = true;
    addEventListener("scroll", () => { isScrolled = true; });
    setInterval(() => { if (isScrolled) look(); isScrolled = false; }, 60);`,
  ),
  revealingPage(
    "lingering",
    "Shows what stays in view",
    `
    const observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) setTimeout(() => isInView(target.getBoundingClientRect()) && reveal(target), 120);
      }
    });
    parts.forEach((part) => observer.observe(part));`,
  ),
];

const screens = (count: number) =>
  Array.from({ length: count }, (_, n) => `<p style="height: 60vh">Screen ${n + 1} of ${count}.</p>`).join(
    "",
  );

/** What a page shows at its top, and what lies below it. */
const tallPage = (
  name: string,
  heading: string,
  main: string,
  script: string,
  expect: Partial<Expectation>,
) =>
  framedPage(specimens, {
    path: `/structure/tall-${name}`,
    heading,
    main: `<h1>${heading}</h1>${main}`,
    script,
    expect,
  });

const tallPages = [
  tallPage(
    "leaving-header",
    "A header that leaves while one reads",
    `<div id="offer">Only at the top.</div>${screens(12)}`,
    `addEventListener("scroll", () => document.querySelector("#offer").replaceChildren(...(scrollY < 50 ? ["Only at the top."] : [])));`,
    { text: ["Only at the top."] },
  ),
  tallPage(
    "shadow-list",
    "A list in a shadow tree",
    `<tall-list></tall-list>`,
    `
    customElements.define("tall-list", class extends HTMLElement {
      connectedCallback() {
        const root = this.attachShadow({ mode: "open" });
        let count = 0;
        const more = () => {
          for (let n = 0; n < 10; n++)
            root.append(Object.assign(document.createElement("p"), { textContent: "Line " + ++count + " of 60", style: "height: 20vh" }));
        };
        more();
        addEventListener("scroll", () => setTimeout(() => {
          if (count < 60 && scrollY + innerHeight > document.body.scrollHeight - 300) more();
        }, 20));
      }
    });`,
    { byScript: true, text: ["Line 60 of 60"] },
  ),
  tallPage(
    "lazy-frame",
    "A frame far down",
    `${screens(20)}<iframe loading="lazy" src="/spa/late/frame" title="Framed"></iframe>`,
    "",
    { byScript: true, text: ["The frame has done it."] },
  ),
  tallPage(
    "far-widget",
    "Something in the middle of much else",
    `${screens(40)}<div id="widget"></div>${screens(40)}`,
    `
    const observer = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting) document.querySelector("#widget").textContent = "The widget " + "is here.";
    });
    observer.observe(document.querySelector("#widget"));`,
    { byScript: true, text: ["The widget is here."] },
  ),
  tallPage(
    "delegated",
    "Listens to what scrolls in it",
    `<div id="app">${screens(30)}</div>`,
    `
    document.querySelector("#app").addEventListener("scroll", () => {}, true);`,
    { text: ["Screen 30 of 30."] },
  ),
];

export const scrollingPages: Page[] = [...growingPages, ...revealingPages, ...tallPages];
