export { markdownOfPage as convert } from "../../../src/content/extract/markdown.ts";
