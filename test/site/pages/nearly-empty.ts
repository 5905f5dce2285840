/** Pages with few words: some lack what they are about, others are complete. */
import type { Page, Route } from "../page.ts";

const bare = (name: string, body: string, expect: Partial<Page["expect"]> = {}): Page => {
  const title = `Few words: ${name}`;
  return {
    path: `/spa/few-words/${name}`,
    title,
    kind: "spa",
    expect: { status: 200, title, ...expect },
    respond: () => ({
      body: `<!doctype html><html lang="en"><title>${title}</title><body>${body}</body></html>`,
    }),
  };
};
const isNearlyEmpty = { warnings: ["nearly_empty"] } satisfies Partial<Page["expect"]>;
const script = `<script src="/spa/few-words.js"></script>`;

export const nearlyEmptyPages: Page[] = [
  bare("shell", `<a href="#root">Skip to main content</a><div id="root"></div>${script}`, isNearlyEmpty),
  bare("only-loading", `<div id="root"><p>Loading…</p></div>${script}`, isNearlyEmpty),
  bare(
    "no-script-runs",
    `<div id="root"></div><script>throw new Error("on purpose")</script>`,
    isNearlyEmpty,
  ),
  bare(
    "without-a-trace",
    `<div id="root"></div>${script}<script>
      // Nothing tells that this is about to happen.
      const { port1, port2 } = new MessageChannel();
      const since = performance.now();
      port1.onmessage = () => {
        if (performance.now() - since < 600) port2.postMessage(0);
        else document.querySelector("#root").textContent = "The page was looked at once more, " + "and here it is.";
      };
      port2.postMessage(0);
    </script>`,
    { byScript: true, text: ["The page was looked at once more, and here it is."] },
  ),
  bare("static", `<p>Back soon.</p>`, { text: ["Back soon."] }),
  bare("note", `<h1>Thank you</h1><p>We shall write.</p>${script}`, { text: ["We shall write."] }),
  bare(
    "log-in",
    `<form><label>Name <input name="firstChild"></label> <input type="password"> <button>Go</button></form>${script}`,
    { text: ["Go"] },
  ),
  bare(
    "gallery",
    `<img src="/assets/img/one.png" width="320" height="240" alt=""><img src="/assets/img/two.png" width="320" height="240" alt="">${script}`,
  ),
  bare("scripted", `<p id="out"></p><script>out.textContent = "Made by " + "a script"</script>`, {
    byScript: true,
    text: ["Made by a script"],
  }),
];

export const nearlyEmptyRoutes: Route[] = [
  {
    pattern: "/spa/few-words.js",
    respond: () => ({ headers: { "content-type": "text/javascript" }, body: "void 0;" }),
  },
];
