/** Pages that misbehave in the browser: endless loops, dialogs, downloads, things left behind for the next page. */
import { setTimeout as after } from "node:timers/promises";
import { type Frame, framedPage } from "../layout.ts";
import type { Expectation, Page, Route } from "../page.ts";

const frame: Frame = {
  kind: "fault",
  name: "Unruly pages",
  tagline: "What browsers have to put up with",
  accent: "#a11",
  nav: [
    ["/fault/dialogs", "Dialogs"],
    ["/fault/storage", "Storage"],
  ],
};

/** `head` runs while the page is parsed, `script` when it has been. Words of the page are there from the start. */
const unruly = (
  name: string,
  heading: string,
  { head, script, main = "" }: { head?: string; script?: string; main?: string },
  expect: Partial<Expectation> = {},
) =>
  framedPage(frame, {
    path: `/fault/${name}`,
    heading,
    head: head && `<script>${head}</script>`,
    main: `<h1>${heading}</h1><p>Words that were served.</p><div id="out"></div>${main}`,
    script,
    expect: { text: ["Words that were served."], ...expect },
  });

/** Reports what an earlier page left, then leaves one of each. `window.name` outlives navigation within a tab. */
const leaveTraces = `
  const found = [];
  const mark = "left by an earlier page";
  if (document.cookie.includes("trace=")) found.push("cookie");
  if (localStorage.getItem("trace")) found.push("localStorage");
  if (sessionStorage.getItem("trace")) found.push("sessionStorage");
  if (window.name) found.push("window.name");
  if ((await indexedDB.databases()).some(({ name }) => name === "trace")) found.push("IndexedDB");
  if (await caches.has("trace")) found.push("Cache Storage");
  if ((await navigator.serviceWorker.getRegistrations()).length) found.push("service worker");
  document.querySelector("#out").textContent = found.length ? "dirty: " + found.join(", ") : "cl" + "ean";
  document.cookie = "trace=1; path=/; max-age=3600";
  localStorage.setItem("trace", mark);
  sessionStorage.setItem("trace", mark);
  window.name = mark;
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open("trace", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("traces");
    opening.onsuccess = () => { opening.result.close(); resolve(); };
    opening.onerror = reject;
  });
  await caches.open("trace").then((cache) => cache.put("/fault/trace", new Response(mark)));`;

/** Ways to go on storing for as long as the page is there, and when it goes, at `path`. Each calls `store`. */
const storing: Record<string, string> = {
  interval: `setInterval(store, 1);`,
  "animation-frames": `const frame = () => { store(); requestAnimationFrame(frame); }; frame();`,
  messages: `
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { store(); setTimeout(() => port2.postMessage(0), 1); };
    port2.postMessage(0);`,
  broadcasts: `
    const [one, other] = [new BroadcastChannel("storing"), new BroadcastChannel("storing")];
    other.onmessage = () => { store(); one.postMessage(0); };
    one.postMessage(0);`,
  database: `
    const open = () => {
      const opening = indexedDB.open("storing");
      opening.onsuccess = () => { opening.result.close(); store(); open(); };
    };
    open();`,
  animations: `
    const animation = document.querySelector("#out").animate([{ opacity: 0 }, { opacity: 1 }], 5);
    animation.onfinish = () => { store(); animation.play(); };`,
  events: `new EventSource("/fault/events").onmessage = store;`,
  requests: `while (true) { await fetch("/fault/small?" + performance.now()); store(); }`,
  stream: `
    const reader = (await fetch("/fault/pieces")).body.getReader();
    while (true) { await reader.read(); store(); }`,
  polls: `setInterval(async () => { await fetch("/spa/late/step/3"); store(); }, 20);`,
  styles: `
    const moving = document.body.appendChild(document.createElement("p"));
    moving.innerHTML = "<style>@keyframes move { to { opacity: 0.5 } } p { animation: move 5ms infinite }</style>";
    moving.addEventListener("animationiteration", () => {
      store();
      if (location.pathname !== path) location.href = "/tiny/1";
    });`,
  window: `
    const other = window.open("/fault/status/204");
    const script = "setInterval(() => { opener.localStorage.setItem('trace', 'left'); if (opener.location.pathname !== '" + path + "') opener.location.href = '/tiny/1'; }, 1);";
    if (other) other.document.write("<script>" + script + "</" + "script>");`,
  "what-leaves-it": `
    for (const symbol of Object.getOwnPropertySymbols(window)) {
      try { window[symbol].leave = () => true; } catch {}
    }
    setInterval(store, 1);`,
  worker: `
    const source = "setInterval(() => { indexedDB.open('trace'); postMessage(0); }, 1);";
    new Worker(URL.createObjectURL(new Blob([source]))).onmessage = store;`,
  "last-words": `
    for (const type of ["beforeunload", "pagehide", "unload", "visibilitychange", "freeze"]) {
      addEventListener(type, store, true);
      document.addEventListener(type, store);
      window["on" + type] = store;
    }`,
  "last-words-of-a-frame": `
    const frame = document.body.appendChild(document.createElement("iframe"));
    for (const type of ["pagehide", "unload"]) frame.contentWindow.addEventListener(type, store);`,
  "last-words-when-reopened": `
    addEventListener("load", () => setTimeout(() => {
      const { title } = document;
      document.open();
      document.write("<title>" + title + "</title><p>Words that were served.");
      document.close();
      addEventListener("pagehide", store);
    }));`,
};

export const storingPaths = Object.keys(storing).map((way) => `/fault/goes-on-storing-${way}`);

/** Registers a worker that answers for the whole site; says whether one had been there already. */
const serviceWorker = `
  document.querySelector("#out").textContent = navigator.serviceWorker.controller ? "dirty: controlled" : "cl" + "ean";
  await navigator.serviceWorker.register("/fault/service-worker.js", { scope: "/" });
  await navigator.serviceWorker.ready;`;

const storage = unruly(
  "storage",
  "Leaves traces",
  { script: leaveTraces },
  { byScript: true, text: ["clean"] },
);
/** The page before has so much longer to leave something. */
const storageLate: Page = {
  ...storage,
  path: "/fault/storage-late",
  async respond(visit) {
    await after(300);
    return storage.respond(visit);
  },
};

export const unrulyPages: Page[] = [
  ...Object.entries(storing).map(([way, script]) =>
    unruly(`goes-on-storing-${way}`, `Goes on storing: ${way}`, {
      script: `
        const path = location.pathname;
        const store = () => {
          document.cookie = "trace=1; path=/";
          localStorage.setItem("trace", "left");
          sessionStorage.setItem("trace", "left");
          window.name = "left";
        };
        ${script}`,
    }),
  ),
  unruly("js-loop", "Loops for ever", { script: "while (true);" }, { code: "timeout" }),
  unruly(
    "js-loop-late",
    "Loops for ever, a little later",
    { script: "setTimeout(() => { while (true); }, 300);" },
    { code: "timeout" },
  ),
  unruly(
    "redirect-js-loop",
    "Goes on to itself for ever",
    {
      head: `location.replace("/fault/redirect-js-loop?n=" + (Number(new URLSearchParams(location.search).get("n")) + 1));`,
    },
    { code: "timeout" },
  ),
  framedPage(frame, {
    path: "/fault/self-refresh",
    heading: "Refreshes itself",
    head: `<meta http-equiv="refresh" content="0">`,
    main: `<h1>Refreshes itself</h1><p>Words that were served.</p>`,
  }),
  unruly("timers", "Changes itself for ever", {
    script: `setInterval(() => {
      const line = Object.assign(document.createElement("p"), { textContent: "Change at " + performance.now() });
      document.querySelector("#out").prepend(line);
      while (document.querySelector("#out").children.length > 50) document.querySelector("#out").lastChild.remove();
    }, 10);`,
  }),
  unruly("fetch-forever", "Asks for ever", {
    script: `while (true) await (await fetch("/fault/small?" + performance.now(), { cache: "no-store" })).text();`,
  }),
  unruly(
    "dialogs",
    "Opens dialogs",
    {
      head: `alert("An alert while parsing");`,
      script: `
      const said = [confirm("Are you sure?"), prompt("Your name?", "nobody")];
      document.querySelector("#out").textContent = "Answered " + said.length + " dialogs";
      addEventListener("beforeunload", (event) => { event.preventDefault(); event.returnValue = "Do not go"; });
      setTimeout(() => alert("A late alert"), 100);`,
    },
    { byScript: true, text: ["Answered 2 dialogs"] },
  ),
  unruly(
    "alert-loop",
    "Opens alerts for ever",
    { script: `while (true) alert("Again");` },
    { code: "timeout" },
  ),
  unruly("popups", "Opens windows", {
    main: `<a href="/tiny/1" target="_blank" id="link">Another tab</a>`,
    script: `for (let n = 0; n < 5; n++) window.open("/tiny/" + n, "_blank", "width=200,height=200");
      document.querySelector("#link").click();`,
  }),
  unruly("download", "Starts downloads", {
    script: `
      for (const path of ["/data/report", "/data/archive.zip"]) {
        document.body.append(Object.assign(document.createElement("iframe"), { src: path, hidden: true }));
      }
      const blob = URL.createObjectURL(new Blob(["downloaded"]));
      Object.assign(document.createElement("a"), { href: blob, download: "words.txt" }).click();
      location.href = "/data/blob";`,
  }),
  // 128 MB at a time, until the tab dies at 4 GB, or 20 s have gone by: the machine has others to serve.
  unruly(
    "memory",
    "Takes memory until the tab dies",
    {
      script: `
      const kept = [];
      const piece = new Array(16_000_000).fill(0.5);
      const end = performance.now() + 20_000;
      while (performance.now() < end) kept.push(piece.slice());`,
    },
    { code: "page_crashed" },
  ),
  unruly(
    "websocket",
    "Opens a WebSocket that is never answered",
    {
      script: `new WebSocket("ws://" + location.host + "/fault/hang"); document.querySelector("#out").textContent = "Open" + "ing.";`,
    },
    { byScript: true, text: ["Opening."] },
  ),
  unruly("event-stream", "Listens to a stream for ever", {
    script: `new EventSource("/fault/events").onmessage = ({ data }) => { document.querySelector("#out").textContent = data; };`,
  }),
  unruly(
    "service-worker",
    "Installs a service worker",
    { script: serviceWorker },
    { byScript: true, text: ["clean"], notText: ["answered by a service worker"] },
  ),
  storage,
  storageLate,
  unruly("print", "Prints itself", { script: "window.print();" }),
  unruly("close", "Closes itself", { script: "window.close();" }),
  unruly("close-late", "Closes itself later", { script: "setTimeout(() => window.close(), 100);" }),
  unruly(
    "address",
    "Says what its address is",
    {
      script: `
        const say = () => {
          document.querySelector("#out").textContent =
            "At " + (location.hash || "none") + ", state " + JSON.stringify(history.state);
        };
        addEventListener("hashchange", say);
        say();
        history.replaceState("seen", "");`,
    },
    { byScript: true, text: ["At none, state null"] },
  ),
  unruly("debugger", "Stops for a debugger", { script: "for (let n = 0; n < 10; n++) debugger;" }),
  unruly("history-back", "Goes back", { script: "history.back(); history.go(-2); navigation.back();" }),
  unruly(
    "history-states",
    "Goes back to what it was before",
    {
      script: `
        addEventListener("popstate", () => {
          document.querySelector("#out").textContent = "Back at state " + history.state;
        });
        history.pushState(1, "", "?1");
        history.pushState(2, "", "?2");
        history.back();`,
    },
    { byScript: true, text: ["Back at state 1"], finalPath: "/fault/history-states?1" },
  ),
  unruly("console", "Talks to the console for ever", {
    script: `setInterval(() => { for (let n = 0; n < 200; n++) console.log("line " + n, { n }); }, 10);`,
  }),
  unruly("worker-loop", "Loops for ever in a worker", {
    script: `new Worker(URL.createObjectURL(new Blob(["while (true);"])));`,
  }),
  unruly("endless-scroll", "Grows whenever it is scrolled", {
    main: `<p id="end">The end, for now.</p>`,
    script: `
      let n = 0;
      new IntersectionObserver(([entry], observer) => {
        if (!entry.isIntersecting) return;
        const more = Array.from({ length: 30 }, () => Object.assign(document.createElement("p"), { textContent: "Line " + ++n }));
        document.querySelector("#out").append(...more);
        observer.unobserve(entry.target);
        observer.observe(entry.target);
      }).observe(document.querySelector("#end"));`,
  }),
  unruly("frames-in-frames", "Holds itself in a frame", {
    main: `<iframe src="/fault/frames-in-frames?deeper" title="Itself"></iframe>`,
  }),
  // What runs in the page to read it must not rely on any of these.
  unruly("globals", "Replaces the browser's own functions", {
    head: `
      JSON.stringify = () => { throw new Error("no JSON here"); };
      Array.from = Array.prototype.map = Array.prototype.filter = () => { throw new Error("no arrays here"); };
      Object.defineProperty(Document.prototype, "title", { get: () => "a title that is not true" });
      window.Promise = window.MutationObserver = window.Map = class { constructor() { throw new Error("not here"); } };
      String.prototype.trim = Element.prototype.querySelectorAll = Document.prototype.querySelectorAll = () => null;
      window.setTimeout = () => { throw new Error("no time here"); };
      document.addEventListener("DOMContentLoaded", () => { document.body.dataset.toJSON = "x"; });`,
  }),
  framedPage(frame, {
    path: "/fault/policy",
    heading: "Forbids all scripts",
    headers: {
      "content-security-policy":
        "default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; sandbox",
      "x-frame-options": "DENY",
    },
    main: `<h1>Forbids all scripts</h1><p>Words that were served.</p><p id="out"></p>`,
    script: `document.querySelector("#out").textContent = "A script ran " + "against the policy.";`,
    expect: { text: ["Words that were served."], notText: ["A script ran against the policy."] },
  }),
  unruly("clobbered", "Names its elements like properties", {
    main: `<form id="body" name="documentElement"><input name="outerHTML"><input name="innerHTML" id="location"><img name="title" alt=""><a id="all" name="scripts" href="/x">link</a></form>`,
  }),
];

export const unrulyRoutes: Route[] = [
  {
    pattern: "/fault/protected",
    respond: ({ request }) =>
      request.headers.authorization
        ? { body: "<!doctype html><title>Protected</title><p>For those who have logged in.</p>" }
        : { status: 401, headers: { "www-authenticate": 'Basic realm="test"' } },
  },
  {
    pattern: "/fault/small",
    respond: () => ({
      headers: { "content-type": "application/json", "cache-control": "no-store" },
      body: `{"small":true}`,
    }),
  },
  {
    pattern: "/fault/service-worker.js",
    respond: () => ({
      headers: { "content-type": "text/javascript", "service-worker-allowed": "/" },
      body: `
        self.addEventListener("install", () => self.skipWaiting());
        self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
        self.addEventListener("fetch", (event) => {
          if (event.request.mode === "navigate") {
            event.respondWith(new Response("<!doctype html><title>Intercepted</title><p>answered by a service worker</p>", { headers: { "content-type": "text/html" } }));
          }
        });`,
    }),
  },
  {
    pattern: "/fault/pieces",
    respond: async ({ response, gone }) => {
      response.writeHead(200, { "cache-control": "no-store" });
      while (!gone.aborted) {
        response.write("piece ");
        await after(1400, undefined, { signal: gone });
      }
    },
  },
  {
    pattern: "/fault/events",
    respond: async ({ response, gone }) => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      for (let n = 1; !gone.aborted; n++) {
        response.write(`data: Event ${n}\n\n`);
        await after(200, undefined, { signal: gone });
      }
    },
  },
];
