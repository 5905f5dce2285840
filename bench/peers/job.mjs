/** What both peers are told, and what both must find. */

/** Trawl loads no pictures; neither do they. */
export const unwantedPatterns = [".png"];

/** @returns {{ warmUp: string[], urls: string[], tabs: number, quietMs: number, executable: string }} */
export function job() {
  return JSON.parse(process.argv[2] ?? "");
}

/** Throws unless this is the page as its script has left it. */
export function checked(url, title, html) {
  if (title.startsWith("Walk ") && html.includes("minutes to read") && html.includes("End of walk")) return;
  throw new Error(`${url} is not what it should be: ${title}`);
}
