import { gfm } from "@joplin/turndown-plugin-gfm";
import { parseHTML } from "linkedom";
import TurndownService from "turndown";

const turndown = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced" });
turndown.use(gfm);

export const convert = (html) =>
  turndown.turndown(parseHTML(`<!doctype html><html><body>${html}</body></html>`).document.body);
