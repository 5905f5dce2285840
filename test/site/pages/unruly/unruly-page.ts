/** The layout of pages that misbehave in the browser. */
import { type Frame, framedPage } from "../../layout.ts";
import type { Expectation } from "../../page.ts";

export const unrulyFrame: Frame = {
  kind: "fault",
  name: "Unruly pages",
  tagline: "What browsers have to put up with",
  accent: "#a11",
  nav: [
    ["/fault/dialogs", "Dialogs"],
    ["/fault/storage", "Storage"],
  ],
};

/** Runs `head` while the page is parsed and `script` afterwards. Some text is there from the start. */
export const unruly = (
  name: string,
  heading: string,
  { head, script, main = "" }: { head?: string; script?: string; main?: string },
  expect: Partial<Expectation> = {},
) =>
  framedPage(unrulyFrame, {
    path: `/fault/${name}`,
    heading,
    head: head && `<script>${head}</script>`,
    main: `<h1>${heading}</h1><p>Words that were served.</p><div id="out"></div>${main}`,
    script,
    expect: { text: ["Words that were served."], ...expect },
  });
