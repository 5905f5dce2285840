/** Query parameters that several routes take. */
import * as z from "zod";
import { MAX_KEYS } from "../batch/metadata.ts";

/** A whole number from `min` to `max`, in decimal digits. */
export function wholeNumber(min: number, max: number) {
  const rule =
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number, at least ${min}`
      : `a whole number from ${min} to ${max}`;
  return z
    .string({ error: `Must be ${rule}, given only once.` })
    .transform((text, ctx): number => {
      const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
      if (number >= min && number <= max) return number;
      const message = `Must be ${rule}; got ${JSON.stringify(text.slice(0, 40))}.`;
      ctx.issues.push({ code: "custom", message, input: text });
      return z.NEVER;
    })
    .meta({ override: { type: "integer", minimum: min, maximum: max } });
}

/** Adds to a query any number of `metadata[key]=value` parameters, read as the object `metadata`. */
export function withMetadataFilter<Shape extends z.ZodRawShape>(query: z.ZodObject<Shape>) {
  return z.preprocess(
    (given) => ({ ...(given as object), metadata: metadataParameters(given as object) }),
    z.object({ ...query.shape, metadata: metadataFilter }),
  );
}

interface MetadataParameter {
  key: string;
  /** An array if the parameter was given several times. */
  value: unknown;
}

function metadataParameters(query: object): MetadataParameter[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const key = /^metadata\[(.*)\]$/s.exec(name)?.[1];
    return key === undefined ? [] : [{ key, value }];
  });
}

const metadataFilter = z
  .custom<MetadataParameter[]>()
  .transform((parameters, ctx): Record<string, string> | undefined => {
    if (parameters.length > MAX_KEYS) {
      const message = `Must have at most ${MAX_KEYS} keys; got ${parameters.length}.`;
      ctx.issues.push({ code: "custom", message, input: parameters });
    }
    for (const { key, value } of parameters) {
      if (typeof value === "string") continue;
      ctx.issues.push({ code: "custom", path: [key], message: "Must be given only once.", input: value });
    }
    const entries = parameters.map(({ key, value }) => [key, String(value)]);
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  });
