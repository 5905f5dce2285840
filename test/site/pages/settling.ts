/** Pages for which it is hard to tell when they are complete: late content, and endless activity. */
import { setTimeout as after } from "node:timers/promises";
import type { Page, Route } from "../page.ts";
import { latePage } from "./late-page.ts";

const comesLate = [
  latePage({
    name: "timers",
    heading: "Three timers in a row",
    script: `setTimeout(() => setTimeout(() => setTimeout(() => show("The third " + "timer fired."), 250), 250), 250);`,
    text: ["The third timer fired."],
  }),
  latePage({
    name: "chain",
    heading: "Requests that follow from each other",
    script: `
    let step = 1;
    const lines = [];
    while (step) {
      const answer = await json("/spa/late/step/" + step);
      lines.push(answer.text);
      step = answer.next;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    show(...lines);`,
    text: ["Step 5 of 5 is done."],
  }),
  latePage({
    name: "timer-pairs",
    heading: "Timers that are due together",
    script: `
    for (let step = 1; step <= 5; step++) {
      await fetch("/spa/late/step/" + step, { cache: "no-store" });
      for (let n = 0; n < 3; n++) setTimeout(() => {}, 20);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await fetch("/spa/late/step/1", { cache: "no-store" });
    setTimeout(() => show("The last " + "timer fired."), 600);`,
    text: ["The last timer fired."],
  }),
  latePage({
    name: "two-pieces",
    heading: "An answer in two pieces",
    script: `show((await json("/spa/late/pieces")).text);`,
    text: ["Both pieces are there."],
  }),
  latePage({
    name: "beside-a-loop",
    heading: "A timer beside a loop of timers",
    script: `
    (function loop() { setTimeout(loop, 10); })();
    await fetch("/spa/late/step/1");
    setTimeout(() => show("The slow timer " + "fired."), 800);`,
    text: ["The slow timer fired."],
  }),
  latePage({
    name: "push-and-back",
    heading: "Goes back to where it began",
    script: `
    addEventListener("popstate", () => show("Back at the " + "beginning."));
    history.pushState({}, "", "/spa/push-and-back?further");
    setTimeout(() => history.back(), 300);`,
    text: ["Back at the beginning."],
  }),
  latePage({
    name: "app-link",
    heading: "Opens an application",
    main: `<script>
      document.querySelector("#out").textContent = "It stays " + "here.";
      location.href = "trawl-test://open";
    </script>`,
    script: "",
    text: ["It stays here."],
  }),
  latePage({
    name: "url-worker",
    heading: "Made by a worker with an address",
    script: `
    const worker = new Worker("/spa/late/worker.js");
    worker.onmessage = ({ data }) => show("The worker says " + data + ".");
    worker.postMessage("hello");`,
    text: ["The worker says hello back."],
  }),
  latePage({
    name: "slow-answer",
    heading: "One answer that takes two seconds",
    script: `show((await json("/spa/late/slow")).text);`,
    text: ["Worth the wait of two seconds."],
  }),
  latePage({
    name: "scripts",
    heading: "Scripts that load scripts",
    script: `
    const load = (n) => {
      const script = document.createElement("script");
      script.src = "/spa/late/script/" + n;
      document.head.append(script);
    };
    addEventListener("loaded-script", ({ detail }) => detail < 3 ? load(detail + 1) : show("Script " + detail + " is here."));
    load(1);`,
    text: ["Script 3 is here."],
  }),
  latePage({
    name: "imports",
    heading: "Modules imported when needed",
    script: `
    const { part } = await import("/spa/late/module/1");
    show(await part());`,
    text: ["Module 2 speaks."],
  }),
  latePage({
    name: "worker",
    heading: "Made by a worker",
    script: `
    const source = "onmessage = ({ data }) => setTimeout(() => { let sum = 0; for (let i = 1; i <= data; i++) sum += i; postMessage(sum); }, 500)";
    const worker = new Worker(URL.createObjectURL(new Blob([source])));
    worker.onmessage = ({ data }) => show("The sum is " + data + ".");
    worker.postMessage(2_000_000);`,
    text: ["The sum is 2000001000000."],
  }),
  latePage({
    name: "frames",
    heading: "Drawn in animation frames",
    script: `
    let left = 5;
    const draw = () => left-- > 0 ? requestAnimationFrame(draw) : show("Five frames " + "have been drawn.");
    requestAnimationFrame(draw);`,
    text: ["Five frames have been drawn."],
  }),
  latePage({
    name: "idle",
    heading: "When the browser is idle",
    script: `requestIdleCallback(() => show("The browser " + "was idle."));`,
    text: ["The browser was idle."],
  }),
  latePage({
    name: "visible",
    heading: "Only for pages that are looked at",
    script: `
    const look = () => document.visibilityState === "visible" && show("Somebody " + "is looking.");
    document.addEventListener("visibilitychange", look);
    look();`,
    text: ["Somebody is looking."],
  }),
  latePage({
    name: "image-gate",
    heading: "After its picture",
    main: `<img id="gate" alt="Gate" width="64" height="48">`,
    script: `
    const gate = document.querySelector("#gate");
    gate.onload = gate.onerror = () => show("The picture " + "came or it did not.");
    gate.src = "/assets/img/gate.png";`,
    text: ["The picture came or it did not."],
  }),
  latePage({
    name: "push-state",
    heading: "An address of its own making",
    finalPath: "/spa/push-state/3?at=3",
    script: `
    for (const n of [1, 2, 3]) history.pushState({ n }, "", "/spa/push-state/" + n + "?at=" + n);
    const { text } = await json("/spa/late/step/1");
    show(text);`,
    text: ["Step 1 of 5 is done."],
  }),
];

/** These never stop, but their content is there soon. */
const goesOn = [
  latePage({
    name: "stream",
    heading: "A stream of events",
    script: `
    const lines = [];
    new EventSource("/spa/late/events").onmessage = ({ data }) => { lines.push(data); show(...lines); };`,
    text: ["Event 3 of the stream."],
  }),
  latePage({
    name: "long-poll",
    heading: "A question that stays open",
    script: `
    show((await json("/spa/late/step/1")).text);
    fetch("/spa/late/never").catch(() => {});`,
    text: ["Step 1 of 5 is done."],
  }),
  latePage({
    name: "unread",
    heading: "Answers that nobody reads",
    script: `
    window.answers = await Promise.all([fetch("/spa/late/step/1"), fetch("/fault/small", { keepalive: true })]);
    show("Two answers " + "have come.");`,
    text: ["Two answers have come."],
  }),
  latePage({
    name: "clock",
    heading: "A clock that never stops",
    main: `<p>It is now <time id="now"></time>.</p>`,
    script: `
    setInterval(() => { document.querySelector("#now").textContent = new Date().toISOString(); }, 40);
    show((await json("/spa/late/step/2")).text);`,
    text: ["Step 2 of 5 is done."],
  }),
  latePage({
    name: "polling",
    heading: "A poll every half second",
    script: `
    let asked = 0;
    const ask = async () => { const { text } = await json("/spa/late/step/3"); show(text, "Asked " + ++asked + " times"); };
    setInterval(ask, 500);
    ask();`,
    text: ["Step 3 of 5 is done."],
  }),
  latePage({
    name: "script-error",
    heading: "A script that fails half-way",
    script: `
    show("Done before " + "the mistake.");
    setTimeout(() => { throw new TypeError("thrown by the page, on purpose"); }, 20);
    await Promise.reject(new Error("rejected by the page, on purpose"));`,
    text: ["Done before the mistake."],
  }),
];

const json = (value: object) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const script = (body: string) => ({ headers: { "content-type": "text/javascript" }, body });

export const settlingPages: Page[] = [...comesLate, ...goesOn];

export const settlingRoutes: Route[] = [
  {
    pattern: "/spa/late/pieces",
    respond: async ({ response, gone }) => {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
      response.write(`{"text": "Both pieces `);
      await after(700, undefined, { signal: gone });
      response.end(`are there."}`);
    },
  },
  {
    pattern: "/spa/late/worker.js",
    respond: () => ({
      headers: { "content-type": "text/javascript" },
      body: `onmessage = ({ data }) => setTimeout(() => postMessage(data + " back"), 300);`,
    }),
  },
  {
    pattern: "/spa/late/step/:n",
    respond: async ({ params, gone }) => {
      await after(80, undefined, { signal: gone });
      const n = Number(params.n);
      return json({ text: `Step ${n} of 5 is done.`, next: n < 5 ? n + 1 : null });
    },
  },
  {
    pattern: "/spa/late/slow",
    respond: async ({ gone }) => {
      await after(2000, undefined, { signal: gone });
      return json({ text: "Worth the wait of two seconds." });
    },
  },
  {
    pattern: "/spa/late/script/:n",
    respond: async ({ params, gone }) => {
      await after(60, undefined, { signal: gone });
      return script(`dispatchEvent(new CustomEvent("loaded-script", { detail: ${Number(params.n)} }));`);
    },
  },
  {
    pattern: "/spa/late/module/1",
    respond: () => script(`export const part = async () => (await import("/spa/late/module/2")).words();`),
  },
  { pattern: "/spa/late/module/2", respond: () => script(`export const words = () => "Module 2 speaks.";`) },
  { pattern: "/spa/late/never", respond: () => {} },
  {
    pattern: "/spa/late/events",
    respond: async ({ response, gone }) => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      for (let n = 1; !gone.aborted; n++) {
        response.write(`data: Event ${n} of the stream.\n\n`);
        await after(n < 3 ? 40 : 1000, undefined, { signal: gone });
      }
    },
  },
];
