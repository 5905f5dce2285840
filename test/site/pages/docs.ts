/** The manual of a fictional task runner: code, tables, definition lists, and a search built by a script. */
import { type Frame, framedPage, titleIn } from "../layout.ts";
import type { Page, Route } from "../page.ts";

const frame: Frame = {
  kind: "docs",
  name: "Ratchet manual",
  tagline: "A task runner that remembers what it has done",
  accent: "#2a5d9f",
  nav: [
    ["/docs/", "Contents"],
    ["/docs/getting-started", "Getting started"],
    ["/docs/configuration", "Configuration"],
    ["/docs/cli", "Commands"],
    ["/docs/faq", "Questions"],
    ["/docs/search?q=timeout", "Search"],
  ],
};

const contents = framedPage(frame, {
  path: "/docs/",
  heading: "Contents",
  main: `
    <h1>Ratchet</h1>
    <p>Ratchet runs the steps of a build in order and skips those whose inputs have not changed.</p>
    <ol>
      <li><a href="getting-started">Getting started</a>
        <ul>
          <li><a href="getting-started#install">Install</a></li>
          <li><a href="getting-started#first-run">The first run</a></li>
        </ul>
      </li>
      <li><a href="configuration">Configuration</a></li>
      <li><a href="cli">Commands</a></li>
      <li><a href="faq">Questions</a></li>
    </ol>`,
  expect: {
    text: ["Ratchet runs the steps of a build in order and skips those whose inputs have not changed."],
  },
});

const gettingStarted = framedPage(frame, {
  path: "/docs/getting-started",
  heading: "Getting started",
  main: `
    <h1>Getting started</h1>
    <p>You need a shell and a folder with something to build. Nothing else.</p>
    <h2 id="install">Install</h2>
    <pre><code class="language-sh">curl -O https://ratchet.example/ratchet
chmod +x ratchet
./ratchet --version</code></pre>
    <h2 id="first-run">The first run</h2>
    <p>Write a file called <code>ratchet.toml</code> beside your sources:</p>
    <pre><code class="language-toml">[step.compile]
run = "cc -o app main.c"
inputs = ["main.c"]

[step.test]
run = "./app --self-test"
after = ["compile"]</code></pre>
    <p>Then type <kbd>./ratchet</kbd>. The second time, <em>compile</em> is skipped.</p>
    <blockquote><p>A step without <code>inputs</code> always runs.</p></blockquote>
    <h2>From a program</h2>
    <pre><code class="language-python">import ratchet

for step in ratchet.load("ratchet.toml"):
    if step.is_stale():
        step.run()</code></pre>`,
  expect: {
    text: [
      "You need a shell and a folder with something to build.",
      "chmod +x ratchet",
      "if step.is_stale():",
    ],
  },
});

const settings: [name: string, type: string, initial: string, meaning: string][] = [
  ["jobs", "number", "4", "Steps that run at once."],
  ["timeout", "seconds", "600", "A step that takes longer is stopped."],
  ["shell", "path", "/bin/sh", "What runs a step."],
  ["cache", "path", ".ratchet", "Where results are remembered."],
  ["colour", "auto, always, never", "auto", "Whether output is coloured."],
];

const configuration = framedPage(frame, {
  path: "/docs/configuration",
  heading: "Configuration",
  main: `
    <h1>Configuration</h1>
    <p>All settings stand in <code>ratchet.toml</code>, in the table <code>[settings]</code>.</p>
    <table>
      <thead><tr><th>Name</th><th>Type</th><th>Default</th><th>Meaning</th></tr></thead>
      <tbody>
        ${settings.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n        ")}
      </tbody>
    </table>
    <h2>Precedence</h2>
    <p>A flag beats an environment variable, which beats the file.</p>
    <pre><code class="language-sh">RATCHET_JOBS=8 ratchet --jobs 2   # two jobs</code></pre>`,
  expect: {
    text: [
      "A step that takes longer is stopped.",
      "A flag beats an environment variable, which beats the file.",
    ],
  },
});

const cli = framedPage(frame, {
  path: "/docs/cli",
  heading: "Commands",
  main: `
    <h1>Commands</h1>
    <dl>
      <dt><code>ratchet run [STEP…]</code></dt>
      <dd>Runs the steps named, and those they come after.</dd>
      <dt><code>ratchet why STEP</code></dt>
      <dd>Says which input made a step stale.</dd>
      <dt><code>ratchet forget [STEP…]</code></dt>
      <dd>Drops what is remembered.</dd>
      <dd>Without a step, drops all of it.</dd>
    </dl>
    <details>
      <summary>Exit codes</summary>
      <ul><li>0: all went well</li><li>1: a step failed</li><li>2: the file could not be read</li></ul>
    </details>`,
  expect: { text: ["Says which input made a step stale.", "Exit codes"] },
});

const faq = framedPage(frame, {
  path: "/docs/faq",
  heading: "Questions",
  main: `
    <h1>Questions</h1>
    <h2>Why is my step always run?</h2>
    <p>It names no inputs, or one of them is written by the step itself.</p>
    <h2>Can two people share a cache?</h2>
    <p>Yes, over any file system that can rename a file in one go.</p>`,
  expect: { text: ["It names no inputs, or one of them is written by the step itself."] },
});

/** Fetches results from an API, then shows their number in the title. */
const search = framedPage(frame, {
  path: "/docs/search?q=timeout",
  heading: "Search",
  main: `
    <h1>Search the manual</h1>
    <form action="/docs/search"><label>Words <input name="q" type="search"></label> <button>Search</button></form>
    <ol id="results"></ol>`,
  script: `
    const words = new URLSearchParams(location.search).get("q") ?? "";
    document.querySelector("[name=q]").value = words;
    const { results } = await (await fetch("/docs/api/search?q=" + encodeURIComponent(words))).json();
    document.title = results.length + " results for " + words + " – Ratchet manual";
    document.querySelector("#results").append(...results.map(({ href, title, excerpt }) => {
      const item = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { href, textContent: title });
      const text = Object.assign(document.createElement("p"), { textContent: excerpt });
      item.append(link, text);
      return item;
    }));`,
  expect: {
    byScript: true,
    title: titleIn(frame, "2 results for timeout"),
    text: ["timeout: a step that takes longer is stopped."],
  },
});

/** Redirects with a script. */
const latest: Page = {
  path: "/docs/latest",
  title: "Redirects by script to the manual's contents",
  kind: "docs",
  expect: { byScript: true, ...contents.expect, finalPath: "/docs/" },
  respond: () => ({
    body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>One moment</title></head>
<body>
  <p>Taking you to the newest manual…</p>
  <script>setTimeout(() => location.replace("/docs/"), 50);</script>
</body>
</html>
`,
  }),
};

export const docsPages: Page[] = [contents, gettingStarted, configuration, cli, faq, search, latest];

export const docsRoutes: Route[] = [
  {
    pattern: "/docs/api/search",
    respond: ({ url }) => {
      const words = (url.searchParams.get("q") ?? "").toLowerCase();
      const entries = [
        ...settings.map(([name, , , meaning]) => ({
          href: "/docs/configuration",
          title: `Configuration › ${name}`,
          excerpt: `${name}: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`,
        })),
        { href: "/docs/faq", title: "Questions", excerpt: "What happens when a step hits its timeout?" },
      ];
      const results = entries.filter(({ excerpt }) => excerpt.toLowerCase().includes(words));
      return { headers: { "content-type": "application/json" }, body: JSON.stringify({ results }) };
    },
  },
];
