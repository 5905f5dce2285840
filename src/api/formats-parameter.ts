/** The query parameter `formats`, and its alias `formats[]`: which formats of a page to return. */
import * as z from "zod";
import { type Format, formats } from "../content/stored-formats.ts";

const names = formats.map((format) => `\`${format}\``).join(", ");

/** Reads one parameter: a format, several separated by commas, or a JSON array as in Olostep's published examples. */
function namesIn(parameter: string): string[] {
  if (!parameter.startsWith("[")) return parameter.split(",");
  try {
    return z.array(z.string()).parse(JSON.parse(parameter));
  } catch {
    return [parameter];
  }
}

/** The formats named by one or several parameters. */
const parameter = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value = [], ctx): Format[] => {
    const asked = [value].flat().flatMap(namesIn);
    const wanted = asked.map((format) => format.trim()).filter((format) => format !== "");
    const unknown = wanted.find((format) => !isFormat(format));
    if (unknown === undefined) return wanted.filter(isFormat);
    const message = `Must be one or more of ${names}; got ${JSON.stringify(unknown.slice(0, 40))}.`;
    ctx.issues.push({ code: "custom", message, input: unknown });
    return z.NEVER;
  });

function isFormat(name: string): name is Format {
  return (formats as readonly string[]).includes(name);
}

export const formatsParameters = { formats: parameter, "formats[]": parameter };

/** The formats that a query asks for, each once; all of them if it names none. */
export function wantedFormats(query: Record<keyof typeof formatsParameters, Format[]>): Format[] {
  const wanted = [...new Set([...query.formats, ...query["formats[]"]])];
  return wanted.length > 0 ? wanted : [...formats];
}
