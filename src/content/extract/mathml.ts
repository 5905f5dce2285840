/** Writes MathML as TeX, as far as readers need it: fractions, roots, scripts, tables, and the rest in a row. */
import { type Element, isTag, isText, type ParentNode } from "domhandler";

/** Characters of TeX. What a formula has beyond them is left out. */
export const MAX_FORMULA = 10_000;

/** The TeX of a `<math>` element. */
export function texOfMathml(math: Element): string {
  const writer = new TexWriter();
  writer.row(math);
  return writer.tex;
}

type Write = (writer: TexWriter, children: Element[], element: Element) => void;

const elements: Record<string, Write> = {
  mfrac: (writer, [above, below], { attribs: { linethickness = "" } }) =>
    writer.command(/^0(?:\D|$)/.test(linethickness) ? "binom" : "frac", above, below),
  msqrt: (writer, _, element) => {
    writer.put("\\sqrt{");
    writer.row(element);
    writer.put("}");
  },
  mroot: (writer, [base, degree]) => {
    writer.put("\\sqrt[");
    writer.element(degree);
    writer.put("]");
    writer.braced(base);
  },
  msub: (writer, [base, below]) => writer.scripts(base, below, undefined),
  msup: (writer, [base, above]) => writer.scripts(base, undefined, above),
  msubsup: (writer, [base, below, above]) => writer.scripts(base, below, above),
  munder: (writer, [base, below]) => writer.scripts(base, below, undefined),
  munderover: (writer, [base, below, above]) => writer.scripts(base, below, above),
  mover: (writer, [base, above]) => {
    const accent = above?.name === "mo" ? accents[textOf(above).trim()] : undefined;
    if (accent) writer.command(accent, base);
    else writer.scripts(base, undefined, above);
  },
  mmultiscripts: (writer, [base, ...scripts]) => {
    const split = scripts.findIndex(({ name }) => name === "mprescripts");
    const after = split < 0 ? scripts : scripts.slice(0, split);
    const before = split < 0 ? [] : scripts.slice(split + 1);
    if (before.length > 0) writer.put("{}");
    for (const [i, script] of before.entries()) writer.script(i % 2 === 0 ? "_" : "^", script);
    writer.base(base);
    for (const [i, script] of after.entries()) writer.script(i % 2 === 0 ? "_" : "^", script);
  },
  mtable: (writer, rows) => {
    writer.put("\\begin{matrix} ");
    writer.list(rows, " \\\\ ");
    writer.put(" \\end{matrix}");
  },
  mtr: (writer, cells) => writer.list(cells, " & "),
  mlabeledtr: (writer, [, ...cells]) => writer.list(cells, " & "),
  mfenced: (writer, parts, { attribs: { open = "(", close = ")", separators = "," } }) => {
    writer.put(escaped(open));
    writer.list(parts, escaped(separators.trim().charAt(0)));
    writer.put(escaped(close));
  },
  semantics: (writer, [shown]) => writer.element(shown),
  maction: (writer, [shown]) => writer.element(shown),
  mphantom: () => {},
  annotation: () => {},
  "annotation-xml": () => {},
  mspace: (writer) => writer.put(" "),
  mtext: (writer, _, element) => {
    const text = textOf(element);
    writer.put(/\S/.test(text) ? `\\text{${escaped(text)}}` : " ");
  },
  ms: (writer, _, element) => writer.put(`\\text{"${escaped(textOf(element))}"}`),
  mi: (writer, _, element) => writer.put(identifier(textOf(element).trim())),
  mn: (writer, _, element) => writer.put(escaped(textOf(element).trim())),
  mo: (writer, _, element) => {
    const sign = textOf(element).trim();
    // Invisible operators: function application, times, separator, plus.
    writer.put(functions.has(sign) ? `\\${sign}` : escaped(sign.replace(/[\u2061-\u2064]/g, "")));
  },
};

const accents: Record<string, string> = {
  "^": "hat",
  ˆ: "hat",
  "¯": "overline",
  "‾": "overline",
  "―": "overline",
  "~": "tilde",
  "˜": "tilde",
  "→": "vec",
  "⃗": "vec",
  "˙": "dot",
  "¨": "ddot",
};

const functions = new Set(
  (
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim ln log max min sec sin sinh " +
    "sup tan tanh"
  ).split(" "),
);

class TexWriter {
  private readonly parts: string[] = [];
  private left = MAX_FORMULA;
  /** The last part is a script without braces. */
  private isAfterScript = false;

  get tex(): string {
    return this.parts.join("").replace(/\s+/g, " ").trim();
  }

  put(part: string): void {
    if (part === "" || part.length > this.left) return;
    // A command ends where its letters do.
    const isAfterCommand = /^\p{L}/u.test(part) && /\\[a-z]+$/i.test(this.parts.at(-1) ?? "");
    if (isAfterCommand || (this.isAfterScript && /^[\p{L}\d]/u.test(part))) this.parts.push(" ");
    this.isAfterScript = false;
    this.parts.push(part);
    this.left -= part.length;
  }

  row(parent: ParentNode): void {
    for (const child of parent.children) {
      if (isTag(child)) this.element(child);
      else if (isText(child)) this.put(escaped(child.data.trim()));
    }
  }

  element(element: Element | undefined): void {
    if (!element || this.left === 0) return;
    const write = Object.hasOwn(elements, element.name) ? elements[element.name] : undefined;
    if (write) write(this, element.children.filter(isTag), element);
    else this.row(element);
  }

  list(items: Element[], separator: string): void {
    for (const [i, item] of items.entries()) {
      if (i > 0) this.put(separator);
      this.element(item);
    }
  }

  command(name: string, ...given: (Element | undefined)[]): void {
    this.put(`\\${name}`);
    for (const element of given) this.braced(element);
  }

  braced(element: Element | undefined): void {
    this.put("{");
    this.element(element);
    this.put("}");
  }

  scripts(base: Element | undefined, below: Element | undefined, above: Element | undefined): void {
    this.base(base);
    this.script("_", below);
    this.script("^", above);
  }

  /** What scripts belong to. */
  base(element: Element | undefined): void {
    if (element && tokens.has(element.name)) this.element(element);
    else this.braced(element);
  }

  script(sign: "_" | "^", element: Element | undefined): void {
    if (!element || element.name === "none" || element.name === "mprescripts") return;
    const token = tokens.has(element.name) ? textOf(element).trim() : "";
    const primes = sign === "^" ? "′″‴".indexOf(token || " ") + 1 : 0;
    if (primes > 0) {
      this.put("'".repeat(primes));
      return;
    }
    this.put(sign);
    if (!/^[a-z\d]$/i.test(token)) {
      this.braced(element);
      return;
    }
    this.element(element);
    this.isAfterScript = true;
  }
}

const tokens = new Set(["mi", "mn", "mo"]);

function identifier(name: string): string {
  if (functions.has(name)) return `\\${name}`;
  return /^[a-z]{2,}$/i.test(name) ? `\\mathrm{${name}}` : escaped(name);
}

function escaped(text: string): string {
  return text.replace(/[\\{}$%#&_]/g, (sign) => (sign === "\\" ? "\\backslash " : `\\${sign}`));
}

function textOf(element: Element): string {
  const parts: string[] = [];
  collectText(element, parts);
  return parts.join("");
}

function collectText(element: Element, parts: string[]): void {
  for (const child of element.children) {
    if (isText(child)) parts.push(child.data);
    else if (isTag(child)) collectText(child, parts);
  }
}
