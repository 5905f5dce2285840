import { z } from "zod";

/** A query parameter that is a whole number from `min` to `max`, in decimal digits. */
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
