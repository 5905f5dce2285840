/** Query parameters that several routes take. */
import * as z from "zod";
import { documentedKeys, documentedText, metadata } from "../batch/metadata.ts";
import { isRequired } from "../text/validation-messages.ts";

/** A whole number from `min` to `max`, in decimal digits. */
export function wholeNumber(min: number, max: number) {
  const rule =
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number, at least ${min}`
      : `a whole number from ${min} to ${max}`;
  return z
    .string({
      error: ({ input }) => (input === undefined ? isRequired : `Must be ${rule}, given only once.`),
    })
    .transform((text, ctx): number => {
      const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
      if (number >= min && number <= max) return number;
      const message = `Must be ${rule}; got ${JSON.stringify(text.slice(0, 40))}.`;
      ctx.issues.push({ code: "custom", message, input: text });
      return z.NEVER;
    })
    .meta({ override: { type: "integer", minimum: min, maximum: max } });
}

/** Where a list continues: after the object created at that time with that id. */
export interface Place {
  /** Epoch ms. */
  createdAt: number;
  id: string;
}

const cursorForm = /^([0-9]{1,15})-([0-9A-Za-z_]{1,64})$/;

/** The cursor of a list whose newest objects come first. */
export const cursor = z
  .string({ error: "Must be given only once." })
  .transform((text, ctx): Place => {
    const [, createdAt, id] = cursorForm.exec(text) ?? [];
    if (createdAt && id) return { createdAt: Number(createdAt), id };
    ctx.issues.push({ code: "custom", message: "Must be a cursor from an earlier page.", input: text });
    return z.NEVER;
  })
  .optional()
  .meta({
    description: "The `cursor` of the previous page. Omit it for the first page.",
    override: { type: "string", pattern: cursorForm.source },
  });

/** The cursor of the page after the one that ends at this place. */
export function cursorAfter({ createdAt, id }: Place): string {
  return `${createdAt}-${id}`;
}

/** Adds to a query any number of `metadata[key]=value` parameters, read as the object `metadata`. */
export function withMetadataFilter<Shape extends z.ZodRawShape>(query: z.ZodObject<Shape>) {
  return z.preprocess(
    (given) => ({ ...(given as object), metadata: metadataParameters(given as object) }),
    z.object({ ...query.shape, metadata: metadataFilter }),
  );
}

/**
 * The values by key, undefined if there is none. Those of a parameter given several times are an array. If a name has no
 * key, such as `metadata` or `metadata[a`: null.
 */
function metadataParameters(query: object): unknown {
  const given = Object.entries(query).filter(([name]) => /^metadata(\[|$)/.test(name));
  if (given.length === 0) return undefined;
  const entries = given.map(([name, value]) => [/^metadata\[(.*)\]$/s.exec(name)?.[1], value] as const);
  return entries.every(([key]) => key !== undefined) ? Object.fromEntries(entries) : null;
}

const metadataFilter = z
  .custom<unknown>((given) => given !== null, "Must be given as metadata[key]=value.")
  .superRefine((parameters, ctx) => {
    for (const [key, value] of Object.entries(parameters as object)) {
      if (typeof value === "string") continue;
      ctx.addIssue({ code: "custom", path: [key], message: "Must be given only once." });
    }
  })
  .pipe(metadata)
  .optional();

/** The parameter `metadata` in the OpenAPI document. */
export const metadataFilterSchema = {
  ...documentedKeys,
  additionalProperties: { type: "string", ...documentedText },
} as const;
