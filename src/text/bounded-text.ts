import * as z from "zod";
import { characters, storablePattern, textFault } from "./characters.ts";

/** A string of `min` to `max` Unicode characters that can be stored and returned unchanged. */
export const boundedText = (min: number, max: number) =>
  z
    .string()
    .superRefine((value, ctx) => {
      const length = characters(value);
      if (length < min || length > max) {
        const rule = min === 0 ? `at most ${max}` : `${min} to ${max}`;
        ctx.addIssue({ code: "custom", message: `Must have ${rule} characters; got ${length}.` });
      }
      const fault = textFault(value);
      if (fault) ctx.addIssue({ code: "custom", message: `${fault[0]?.toUpperCase()}${fault.slice(1)}.` });
    })
    // For the OpenAPI document. Zod's own checks count UTF-16 units.
    .meta({ ...(min > 0 ? { minLength: min } : {}), maxLength: max, pattern: storablePattern });
