import { gfm } from "@joplin/turndown-plugin-gfm";
import domino from "@mixmark-io/domino";
import TurndownService from "turndown";

const turndown = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced" });
turndown.use(gfm);

export const convert = (html) => turndown.turndown(domino.createDocument(html).body);
