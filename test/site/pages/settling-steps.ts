/** Pages that come to their content in many small steps: ticks, frames, idle callbacks, animations. */
import { setTimeout as after } from "node:timers/promises";
import type { Page, Route } from "../page.ts";
import { latePage } from "./late-page.ts";

export const steppingPages: Page[] = [
  latePage({
    name: "first-tick",
    heading: "At the first tick",
    script: `const ticking = setInterval(() => { clearInterval(ticking); show("The clock " + "ticked."); }, 900);`,
    text: ["The clock ticked."],
  }),
  latePage({
    name: "fifth-tick",
    heading: "At the fifth tick",
    script: `
    let ticks = 0;
    const ticking = setInterval(() => {
      if (++ticks < 5) return;
      clearTimeout(ticking);
      show("Five ticks " + "have passed.");
    }, 180);`,
    text: ["Five ticks have passed."],
  }),
  latePage({
    name: "asks-for-library",
    heading: "Asks for a library until it is there",
    script: `
    const asking = setInterval(() => {
      if (!window.chartLibrary) return;
      clearInterval(asking);
      show(window.chartLibrary);
    }, 120);
    setTimeout(() => { window.chartLibrary = "The library " + "drew this."; }, 650);`,
    text: ["The library drew this."],
  }),
  latePage({
    name: "long-chain",
    heading: "Nine steps with a pause before each",
    main: `<ol id="steps"></ol>`,
    script: `
    for (let n = 1; n <= 9; n++) {
      await new Promise((resolve) => setTimeout(resolve, 220));
      document.querySelector("#steps").append(Object.assign(document.createElement("li"), { textContent: "Pause " + n }));
    }
    show("Nine pauses " + "are over.");`,
    text: ["Nine pauses are over."],
  }),
  latePage({
    name: "many-frames",
    heading: "Frames that change nothing at first",
    script: `
    let frames = 0;
    const count = () => ++frames < 45 ? requestAnimationFrame(count) : show("Counted " + "45 frames.");
    requestAnimationFrame(count);`,
    text: ["Counted 45 frames."],
  }),
  latePage({
    name: "idle-chain",
    heading: "Whenever the browser is idle",
    script: `
    let parts = 0;
    const build = () => ++parts < 15 ? requestIdleCallback(build) : show("Built in " + "15 parts.");
    requestIdleCallback(build);`,
    text: ["Built in 15 parts."],
  }),
  latePage({
    name: "posted-task",
    heading: "A task posted for later",
    script: `scheduler.postTask(() => show("The task " + "was done."), { delay: 700 });`,
    text: ["The task was done."],
  }),
  latePage({
    name: "after-animation",
    heading: "After an animation",
    head: `<style>@keyframes rise { from { translate: 0 2rem } } #splash { animation: rise .6s }</style>`,
    main: `<p id="splash">Welcome</p>`,
    script: `document.querySelector("#splash").addEventListener("animationend", () => show("The splash " + "is over."));`,
    text: ["The splash is over."],
  }),
  latePage({
    name: "after-repeated-animation",
    heading: "When an animation begins anew",
    head: `<style>@keyframes rise { from { translate: 0 2rem } } #splash { animation: rise .4s 4 }</style>`,
    main: `<p id="splash">Welcome</p>`,
    script: `
    let rounds = 0;
    document.querySelector("#splash").addEventListener("animationiteration", () => {
      if (++rounds === 3) show("Three rounds " + "are over.");
    });`,
    text: ["Three rounds are over."],
  }),
  latePage({
    name: "after-transition",
    heading: "After a transition",
    head: `<style>#splash { transition: translate .6s .1s }</style>`,
    main: `<p id="splash">Welcome</p>`,
    script: `
    const splash = document.querySelector("#splash");
    splash.ontransitionend = () => show("The splash " + "has gone.");
    requestAnimationFrame(() => requestAnimationFrame(() => { splash.style.translate = "0 -2rem"; }));`,
    text: ["The splash has gone."],
  }),
  latePage({
    name: "after-handler-in-html",
    heading: "After a transition, by a handler in the HTML",
    head: `<style>#splash { transition: translate .6s }</style>`,
    main: `<p id="splash" ontransitionend="over()">Welcome</p>`,
    script: `
    window.over = () => show("The handler " + "was called.");
    requestAnimationFrame(() => requestAnimationFrame(() => {
      document.querySelector("#splash").style.translate = "0 -2rem";
    }));`,
    text: ["The handler was called."],
  }),
  latePage({
    name: "after-scripted-animation",
    heading: "After an animation of a script",
    script: `
    const { finished } = document.querySelector("#out").animate([{ translate: "0 2rem" }, {}], 700);
    finished.then(() => show("The animation " + "has finished."));`,
    text: ["The animation has finished."],
  }),
  latePage({
    name: "answer-then-timer",
    heading: "A late answer, then a timer",
    script: `
    const { text } = await json("/spa/late/slow");
    setTimeout(() => show(text, "And a " + "little longer."), 900);`,
    text: ["And a little longer."],
  }),
  latePage({
    name: "timer-in-frame",
    heading: "A frame with timers of its own",
    main: `<iframe src="/spa/late/frame" title="Framed"></iframe>`,
    script: "",
    text: ["The frame has done it."],
  }),
  latePage({
    name: "loading",
    heading: "Says that it is loading",
    main: `<p id="state">Loading…</p>`,
    script: `setTimeout(() => { document.querySelector("#state").textContent = "Here " + "at last."; }, 3000);`,
    text: ["Here at last."],
  }),
  latePage({
    name: "busy",
    heading: "Says that a part of it is busy",
    main: `<div id="list" aria-busy="true"></div>`,
    script: `
    setTimeout(() => {
      const list = document.querySelector("#list");
      list.removeAttribute("aria-busy");
      list.textContent = "Busy " + "no more.";
    }, 3000);`,
    text: ["Busy no more."],
  }),
];

export const steppingRoutes: Route[] = [
  {
    pattern: "/spa/late/frame",
    respond: async ({ gone }) => {
      await after(30, undefined, { signal: gone });
      return {
        body: `<!doctype html><p>Not yet.</p><script>
          const write = () => { document.querySelector("p").textContent = "The frame " + "has done it."; };
          setTimeout(() => setTimeout(write, 350), 350);
        </script>`,
      };
    },
  },
];
