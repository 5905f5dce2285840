import rehypeParse from "rehype-parse";
import rehypeRemark from "rehype-remark";
import remarkGfm from "remark-gfm";
import remarkStringify from "remark-stringify";
import { unified } from "unified";

const processor = unified().use(rehypeParse).use(rehypeRemark).use(remarkGfm).use(remarkStringify);

export const convert = (html) => String(processor.processSync(html));
