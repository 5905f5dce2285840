/** Pages that never come to rest. */
import { setTimeout as after } from "node:timers/promises";
import { framedPage } from "../../layout.ts";
import type { Page, Route } from "../../page.ts";
import { unruly, unrulyFrame } from "./unruly-page.ts";

export const endlessPages: Page[] = [
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
  framedPage(unrulyFrame, {
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
  ...[
    ["silent-interval", "Ticks for ever and changes nothing", `setInterval(() => {}, 10);`],
    ["frame-loop", "Asks for frames for ever", `(function loop() { requestAnimationFrame(loop); })();`],
    ["timer-loop", "Sets one timer after the other", `(function loop() { setTimeout(loop, 0); })();`],
    ["idle-loop", "Waits for idle moments for ever", `(function loop() { requestIdleCallback(loop); })();`],
    [
      "style-loop",
      "Moves something in every frame",
      `
      (function loop() { document.querySelector("#out").style.left = performance.now() + "px"; requestAnimationFrame(loop); })();`,
    ],
    ["many-timers", "Sets a thousand timers", `for (let n = 0; n < 1000; n++) setTimeout(() => {}, n * 20);`],
    [
      "growing",
      "Adds a line every now and then",
      `
      setInterval(() => document.querySelector("#out").append(document.createElement("p")), 300);`,
    ],
    [
      "always-loading",
      "Keeps saying that it is loading",
      `
      document.querySelector("#out").textContent = "Loading…";
      setInterval(() => {}, 100);`,
    ],
  ].map(([name = "", heading = "", script]) => unruly(name, heading, { script }, { settles: true })),
  unruly("fetch-forever", "Asks for ever", {
    script: `while (true) await (await fetch("/fault/small?" + performance.now(), { cache: "no-store" })).text();`,
  }),
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
  // 128 MB at a time, until the tab crashes at 4 GB. Stops after 20 s to spare the machine.
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
  unruly("frames-in-frames", "Holds itself in a frame", {
    main: `<iframe src="/fault/frames-in-frames?deeper" title="Itself"></iframe>`,
  }),
];

export const endlessRoutes: Route[] = [
  {
    pattern: "/fault/small",
    respond: () => ({
      headers: { "content-type": "application/json", "cache-control": "no-store" },
      body: `{"small":true}`,
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
