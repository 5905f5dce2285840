/** What a probe has found, as lines of text. */
import type { Measured } from "./measure.ts";
import { type Suggestion, suggest } from "./suggest.ts";

export function reportLines(found: Measured): string[] {
  const { chrome, launchMs, leaseMs, roundTripMs, disposeMs, rates, location, consumers } = found;
  const lines: [string, string][] = [];
  if (chrome !== undefined) lines.push(["Chrome", chrome]);
  if (launchMs !== undefined) {
    lines.push([
      "Launch",
      launchMs === null ? `a browser was running: ${leaseMs} ms to get it` : `${launchMs} ms`,
    ]);
  }
  if (roundTripMs) {
    lines.push(["DevTools round trip", `${roundTripMs.median} ms, at most ${roundTripMs.slowest} ms`]);
  }
  if (disposeMs !== undefined) {
    lines.push([
      "Disposing of a context",
      disposeMs === null ? "no answer within 5 s" : `answered in ${disposeMs} ms`,
    ]);
  }
  for (const { tabs, pages, failed, perSecond, error } of rates) {
    const failures = failed > 0 ? `; ${failed} failed, the first with ${error}` : "";
    lines.push([
      `${tabs} ${tabs === 1 ? "tab" : "tabs"}`,
      `${perSecond} pages/s (${pages} pages)${failures}`,
    ]);
  }
  if (location) lines.push(["Location", locationLine(location)]);
  if (consumers) lines.push(["Consumers", consumersLine(consumers)]);
  for (const { measure, reason } of found.failures) lines.push(["Not measured", `${measure}: ${reason}`]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    ...lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    "",
    ...suggestionLines(suggest(found)),
  ];
}

function locationLine({ asked, granted, seen }: NonNullable<Measured["location"]>): string {
  if (!granted) return `refused: Browser Run launches no browser in ${asked}`;
  if (seen === null) return `taken, but the page's request does not say from where it came`;
  return seen === asked
    ? `honored: the page was requested from ${asked}`
    : `ignored: asked for ${asked}, came from ${seen}`;
}

function consumersLine({ most, seconds, reached, tickets }: NonNullable<Measured["consumers"]>): string {
  const last = reached.at(-1);
  const when = last ? `, reached after ${(last.after_ms / 1000).toFixed(1)} s` : "";
  return `${most} at once within ${seconds} s${when} (${tickets} tickets)`;
}

function suggestionLines(suggestions: Suggestion[]): string[] {
  if (suggestions.length === 0) return ["The settings in force suit these figures."];
  return [
    "Suggested settings:",
    ...suggestions.map(({ name, value, reason }) => `  ${name} = "${value}"   # ${reason}`),
  ];
}
