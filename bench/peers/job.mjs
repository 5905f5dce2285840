/** The job for both peers, and the check of what they render. */

/** Trawl loads no images, so the peers do not either. */
export const unwantedPatterns = [".png"];

/** @returns {{ warmUp: string[], urls: string[], tabs: number, quietMs: number, executable: string }} */
export function job() {
  return JSON.parse(process.argv[2] ?? "");
}

/** Throws unless this is the complete page, including what its script adds. */
export function checked(url, title, html) {
  if (title.startsWith("Walk ") && html.includes("minutes to read") && html.includes("End of walk")) return;
  throw new Error(`${url} is not complete. Its title is ${title}`);
}
