/** The job for both peers, and the check of what they render. */

/** Trawl loads no images, so the peers do not either. */
export const unwantedPatterns = [".png"];

/** @returns {{ warmUp: string[], urls: string[], tabs: number, quietMs: number, executable: string }} */
export function job() {
  return JSON.parse(process.argv[2] ?? "");
}

/** What each set's pages begin their title with, and what they contain once their scripts have run. */
const sets = {
  walks: { title: "Walk ", contents: ["minutes to read", "End of walk"] },
  reference: { title: "Reference ", contents: ["members in this reference", "End of reference"] },
};

/** Throws unless this is the complete page, including what its script adds. */
export function checked(url, title, html) {
  const isWhole = (set) => title.startsWith(set.title) && set.contents.every((text) => html.includes(text));
  if (!Object.values(sets).some(isWhole)) throw new Error(`${url} is not complete. Its title is ${title}`);
}
