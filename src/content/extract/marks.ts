/**
 * Marks: what only the browser knows about a page, written by the page step (capture.page.js) onto its elements.
 *
 * A mark is an attribute without a value. In the page its name ends in a token that nobody can guess, so that whatever
 * carries the token is a mark, and what a page itself has of that name stays. The HTML that is kept is the page's own: its
 * marks are taken out, and kept beside it as a list. They are put back, without the token, where the style sheets' verdict
 * is needed: it cannot be had from the HTML alone.
 */

/** Names of marks, by what they say. */
export const marks = {
  /** On a document's root: what is not marked below it is as its tag says. */
  rendered: "data-trawl-rendered",
  /** Not shown, with all in it. */
  hidden: "data-trawl-hidden",
  /** Not shown, but for elements in it that are not marked so themselves. */
  textHidden: "data-trawl-text-hidden",
  /** An element of a line that is laid out as a block, as the items of a flex box are. */
  block: "data-trawl-block",
  /** White space in it is kept. */
  preserved: "data-trawl-preserved",
} as const;

/** On frames, until flatten.ts has taken them away. These have values. */
export const frameMarks = {
  /** The HTML of the frame's document, serialised like the page. Becomes the frame's `srcdoc`. */
  frame: "data-trawl-frame",
  /** Beside it: what the frame's relative addresses resolve against. */
  frameBase: "data-trawl-frame-base",
} as const;

export type MarkNames = Record<keyof typeof marks | keyof typeof frameMarks, string>;

const plainNames: MarkNames = { ...marks, ...frameMarks };

/** Names of marks in a page with this token; without one, as they are put back. */
export function markNames(token?: string): MarkNames {
  if (token === undefined) return plainNames;
  const entries = Object.entries(plainNames).map(([mark, name]) => [mark, `${name}-${token}`]);
  return Object.fromEntries(entries) as MarkNames;
}

/** A new token, for one page. */
export function markToken(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** How the list of marks has them. */
const letters: Record<string, string> = {
  [marks.rendered]: "R",
  [marks.hidden]: "H",
  [marks.textHidden]: "T",
  [marks.block]: "B",
  [marks.preserved]: "P",
};
const namesByLetter = Object.fromEntries(Object.entries(letters).map(([name, letter]) => [letter, name]));

/**
 * Takes the marks with this token out of flattened HTML, those in the `srcdoc` of frames too.
 *
 * The list that it answers has a letter for each mark, and how many UTF-16 units of the clean HTML lie between it and the
 * one before, in base 36: `R15H4zB3`. Empty if there are none.
 */
export function takeMarks(html: string, token: string): { html: string; marks: string } {
  // A serialiser may write an empty value, and each frame around it escapes its quotes once more.
  const mark = new RegExp(` (${Object.keys(letters).join("|")})-${token}(?:=("|&(?:amp;)*quot;)\\2)?`, "g");
  const clean: string[] = [];
  const list: string[] = [];
  let end = 0;
  for (const { 0: written, 1: name = "", index } of html.matchAll(mark)) {
    clean.push(html.slice(end, index));
    list.push(letters[name] ?? "", (index - end).toString(36));
    end = index + written.length;
  }
  clean.push(html.slice(end));
  return { html: clean.join(""), marks: list.join("") };
}

/** Puts back, under their plain names, the marks that takeMarks() has taken out of `html`. */
export function putMarks(html: string, list: string): string {
  const marked: string[] = [];
  let end = 0;
  for (const [, letter = "", distance = ""] of list.matchAll(/([A-Z])([0-9a-z]+)/g)) {
    const at = end + Number.parseInt(distance, 36);
    marked.push(html.slice(end, at), " ", namesByLetter[letter] ?? "");
    end = at;
  }
  marked.push(html.slice(end));
  return marked.join("");
}
