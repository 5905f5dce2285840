/** Keeps what a probe has found. */
import { writeFileSync } from "node:fs";
import type { Measured } from "./measure.ts";
import { suggest } from "./suggest.ts";

/** Writes it to a file as JSON, with the settings that it suggests. */
export function keepMeasured(file: string, found: Measured): void {
  writeFileSync(file, `${JSON.stringify({ ...found, suggested: suggest(found) }, null, 2)}\n`);
}
