import { htmlToMarkdown } from "mdream";

export const convert = (html) => {
  const result = htmlToMarkdown(html);
  return typeof result === "string" ? result : result.markdown;
};
