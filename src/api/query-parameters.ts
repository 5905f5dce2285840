/** Query parameters that more than one route takes. */
import * as z from "zod";
import { MAX_KEYS } from "../batch/metadata.ts";

/** A whole number from `min` to `max`, in decimal digits. */
export function wholeNumber(min: number, max: number) {
  const rule =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`;
  return z
    .string({ error: `Must be ${rule}, once.` })
    .transform((text, ctx): number => {
      const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
      if (number >= min && number <= max) return number;
      const message = `Must be ${rule}; ${JSON.stringify(text.slice(0, 40))} was given.`;
      ctx.issues.push({ code: "custom", message, input: text });
      return z.NEVER;
    })
    .meta({ override: { type: "integer", minimum: min, maximum: max } });
}

/** The query `shape`, and besides any number of `metadata[key]=value`, read as the object `metadata`. */
export function metadataFilter<Shape extends z.ZodRawShape>(shape: z.ZodObject<Shape>) {
  return z.preprocess(
    (query) => ({ ...(query as object), metadata: metadataParameters(query as object) }),
    z.object({ ...shape.shape, metadata: wantedMetadata }),
  );
}

interface MetadataParameter {
  /** Of the metadata: what is between the brackets. */
  key: string;
  /** An array if it was given several times. */
  value: unknown;
}

function metadataParameters(query: object): MetadataParameter[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const key = /^metadata\[(.*)\]$/s.exec(name)?.[1];
    return key === undefined ? [] : [{ key, value }];
  });
}

const wantedMetadata = z
  .custom<MetadataParameter[]>()
  .transform((parameters, ctx): Record<string, string> | undefined => {
    if (parameters.length > MAX_KEYS) {
      const message = `At most ${MAX_KEYS} keys can be asked for; ${parameters.length} were given.`;
      ctx.issues.push({ code: "custom", message, input: parameters });
    }
    for (const { key, value } of parameters) {
      if (typeof value === "string") continue;
      ctx.issues.push({ code: "custom", path: [key], message: "Must be given once.", input: value });
    }
    const entries = parameters.map(({ key, value }) => [key, String(value)]);
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  });
