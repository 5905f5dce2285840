import { toMdast } from "hast-util-to-mdast";
import { Parser } from "htmlparser2";
import { gfmToMarkdown } from "mdast-util-gfm";
import { toMarkdown } from "mdast-util-to-markdown";

export function convert(html) {
  const root = { type: "root", children: [] };
  const stack = [root];
  const p = new Parser({
    onopentag(name, a) {
      const properties = { ...a };
      if (a.class) properties.className = a.class.split(/\s+/);
      if ("checked" in a) properties.checked = true;
      if (a.colspan) properties.colSpan = +a.colspan;
      if (a.rowspan) properties.rowSpan = +a.rowspan;
      if (a.start) properties.start = +a.start;
      const e = { type: "element", tagName: name, properties, children: [] };
      stack.at(-1).children.push(e);
      stack.push(e);
    },
    ontext(value) {
      const c = stack.at(-1).children;
      const l = c.at(-1);
      if (l && l.type === "text") l.value += value;
      else c.push({ type: "text", value });
    },
    onclosetag() {
      stack.pop();
    },
  });
  p.end(html);
  return toMarkdown(toMdast(root), { extensions: [gfmToMarkdown()] });
}
