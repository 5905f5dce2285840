import { NodeHtmlMarkdown } from "node-html-markdown";

const converter = new NodeHtmlMarkdown();

export const convert = (html) => converter.translate(html);
