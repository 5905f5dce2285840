export { markdownOfPage as convert } from "../../../src/render/extract/markdown.ts";
