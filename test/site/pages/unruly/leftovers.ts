/** Pages that leave something behind for the next page. */
import { setTimeout as after } from "node:timers/promises";
import type { Page, Route } from "../../page.ts";
import { unruly } from "./unruly-page.ts";

/** Reports what an earlier page left, then leaves something in every store. `window.name` survives navigation. */
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

/** Ways to keep calling `store` for as long as the page at `path` exists, and while it is left. */
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
    for (const key of Reflect.ownKeys(window)) {
      try { window[key].leave = () => true; } catch {}
    }
    setInterval(store, 1);`,
  "what-calls-it": `
    const fake = { leave: () => true, scroll: () => false, quiet: () => ({}) };
    window[Symbol.for("fake")] = fake;
    Symbol.for = () => Object.getOwnPropertySymbols(window).at(-1);
    for (const key of Reflect.ownKeys(window)) {
      if (typeof window[key]?.leave === "function") try { window[key] = fake; } catch {}
    }
    setInterval(store, 1);`,
  "what-it-calls": `
    store();
    document.querySelector = () => null;
    Object.defineProperty(window, "name", { get: () => "", set() {}, configurable: true });
    Object.defineProperty(window, "length", { value: 0 });`,
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

/** Registers a service worker for the whole site. Reports whether one was already active. */
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
/** Responds late, so that the page before has more time to leave something. */
const storageLate: Page = {
  ...storage,
  path: "/fault/storage-late",
  async respond(visit) {
    await after(300);
    return storage.respond(visit);
  },
};

export const leftoverPages: Page[] = [
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
  storage,
  storageLate,
  unruly(
    "service-worker",
    "Installs a service worker",
    { script: serviceWorker },
    { byScript: true, text: ["clean"], notText: ["answered by a service worker"] },
  ),
];

export const leftoverRoutes: Route[] = [
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
];
