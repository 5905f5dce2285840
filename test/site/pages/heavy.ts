/** Pages in the shape of what keeps a browser busy: long references, tables that show a part of their rows, formulas. */
import { type Frame, framedPage } from "../layout.ts";
import type { Page, Route } from "../page.ts";

const library: Frame = {
  kind: "docs",
  name: "Plumb reference",
  tagline: "Everything about a library of lines and weights",
  accent: "#3f6b4a",
  nav: [
    ["/docs/heavy/reference", "Reference"],
    ["/docs/heavy/class", "Class Line"],
    ["/docs/heavy/table", "Weights"],
    ["/docs/heavy/formulas", "Formulas"],
  ],
};

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sentence =
  "The line is taut from its anchor to its weight unless the wind moves it by more than it may.";

/** 700 kB of entries, and a navigation that marks those in view. */
const reference = framedPage(library, {
  path: "/docs/heavy/reference",
  heading: "Reference",
  head: `<style>.entries { position: fixed; inset: 0 auto 0 0; width: 14rem; overflow: auto } main { margin-left: 15rem }</style>`,
  main: `
    <nav class="entries"><ul>${numbers(700)
      .map((n) => `<li><a href="#entry-${n}">line.part${n}()</a></li>`)
      .join("")}</ul></nav>
    <h1>Reference</h1>${numbers(700)
      .map(
        (
          n,
        ) => `<section id="entry-${n}"><h2><code>line.part${n}(first, second)</code></h2><p>${sentence} ${sentence}</p>
      <table><tr><th>first</th><td>${sentence}</td></tr><tr><th>second</th><td>${sentence}</td></tr></table>
      <pre><code>const part = line.part${n}("a", ${n});\nconsole.log(part.weight);</code></pre><p>${sentence} ${sentence}</p></section>`,
      )
      .join("\n")}`,
  script: `
    const links = new Map([...document.querySelectorAll(".entries a")].map((link) => [link.hash.slice(1), link]));
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) links.get(target.id).classList.toggle("current", isIntersecting);
    }, { rootMargin: "0px 0px -60% 0px" });
    document.querySelectorAll("section").forEach((section) => observer.observe(section));
    let scrolls = 0;
    let isPlanned = false;
    addEventListener("scroll", () => {
      document.documentElement.dataset.scrolls = ++scrolls;
      if (isPlanned) return;
      isPlanned = true;
      requestAnimationFrame(() => {
        isPlanned = false;
        document.documentElement.classList.toggle("scrolled", scrollY > 50);
      });
    }, { passive: true });`,
  expect: { text: ["line.part1(first, second)", "line.part700(first, second)"] },
});

/** The page scrolls in a pane, which remembers where it was. */
const classPage = framedPage(library, {
  path: "/docs/heavy/class",
  heading: "Class Line",
  head: `<style>.pane { height: 100vh; overflow-y: auto } .summary { display: grid; grid-template-columns: 1fr 2fr 4fr }</style>`,
  main: `
    <div class="pane"><h1>Class Line</h1>
    <div class="summary">${numbers(150)
      .map(
        (n) =>
          `<div><code>double</code></div><div><a href="#m${n}">method${n}</a></div><div>${sentence}</div>`,
      )
      .join("")}</div>
    ${numbers(150)
      .map((n) => `<section id="m${n}"><h3>method${n}</h3><p>${sentence} ${sentence}</p></section>`)
      .join("")}</div>`,
  script: `
    const pane = document.querySelector(".pane");
    let timer;
    setTimeout(() => pane.addEventListener("scroll", () => {
      clearTimeout(timer);
      timer = setTimeout(() => history.replaceState(pane.scrollTop, ""), 100);
    }), 100);
    for (const heading of document.querySelectorAll("h3")) heading.dataset.copyUrl = "#" + heading.parentNode.id;`,
  expect: { text: ["method1", "method150"] },
});

/** A table of 3,000 rows that keeps only those in view, drawn step by step. */
const table = framedPage(library, {
  path: "/docs/heavy/table",
  heading: "Weights",
  head: `<style>.rows { position: relative; height: 600px; overflow: auto } .row { position: absolute; height: 30px }</style>`,
  main: `<h1>Weights</h1><p>${sentence} ${sentence} ${sentence}</p><div class="rows"></div>`,
  script: `
    const viewport = document.querySelector(".rows");
    const body = viewport.appendChild(document.createElement("div"));
    body.style.height = 3000 * 30 + "px";
    const shown = new Map();
    const draw = () => {
      const first = Math.max(0, Math.floor(viewport.scrollTop / 30) - 5);
      const last = Math.min(2999, first + Math.ceil(viewport.clientHeight / 30) + 10);
      for (const [n, row] of shown) if (n < first || n > last) { row.remove(); shown.delete(n); }
      for (let n = first; n <= last; n++) {
        if (shown.has(n)) continue;
        const row = document.createElement("div");
        row.className = "row";
        row.style.top = n * 30 + "px";
        body.append(row);
        for (const cell of ["Weight " + (n + 1) + " of 3000", n % 17 + " g", "Shelf " + n % 40])
          row.append(Object.assign(document.createElement("span"), { textContent: cell }));
        shown.set(n, row);
      }
    };
    let ended;
    viewport.addEventListener("scroll", () => {
      requestAnimationFrame(draw);
      clearTimeout(ended);
      ended = setTimeout(draw, 150);
    });
    new ResizeObserver(() => setTimeout(draw)).observe(viewport);
    requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(draw), 50));
    setTimeout(() => viewport.classList.add("ready"), 300);
    setInterval(() => viewport.isConnected || clearTimeout(ended), 1000);`,
  expect: {
    byScript: true,
    text: ["Weight 1 of 3000", "Weight 20 of 3000"],
    notText: ["Weight 3000 of 3000"],
  },
});

/** Formulas that are typeset one after another, whenever the browser has time, after parts have been loaded for it. */
const formulas = framedPage(library, {
  path: "/docs/heavy/formulas",
  heading: "Formulas",
  main: `<h1>Formulas</h1>${numbers(60)
    .map((n) => `<p>${sentence} <span class="formula">w_{${n}} = ${n} \\cdot g</span></p>`)
    .join("")}<p id="message"></p>`,
  script: `
    const queue = [];
    const next = () => {
      const task = queue.shift();
      if (task) task(() => setTimeout(next, 0));
    };
    const message = (text) => { document.querySelector("#message").textContent = text; };
    const load = (name) => (done) => {
      const script = document.head.appendChild(document.createElement("script"));
      script.onload = done;
      script.src = "/docs/heavy/typesetter/" + name + ".js";
    };
    queue.push(load("input"), load("output"), (done) => { message("Typesetting math: 0%"); done(); });
    const all = [...document.querySelectorAll(".formula")];
    for (const [n, formula] of all.entries()) {
      queue.push((done) => { formula.dataset.parsed = "true"; done(); });
      queue.push((done) => {
        const until = performance.now() + 2;
        while (performance.now() < until);
        const typeset = document.createElement("span");
        typeset.textContent = "w" + (n + 1) + " equals " + (n + 1) + " times g";
        formula.replaceChildren(typeset);
        if (n % 10 === 0) message("Typesetting math: " + Math.round(100 * n / all.length) + "%");
        done();
      });
    }
    queue.push((done) => { setTimeout(() => { message(""); done(); }, 300); });
    setTimeout(next, 0);`,
  expect: {
    byScript: true,
    text: ["w1 equals 1 times g", "w60 equals 60 times g"],
    notText: ["Typesetting math: 0%"],
  },
});

export const heavyPages: Page[] = [reference, classPage, table, formulas];

export const heavyRoutes: Route[] = [
  {
    pattern: "/docs/heavy/typesetter/:name.js",
    respond: () => ({ headers: { "content-type": "text/javascript" }, body: "void 0;" }),
  },
];
