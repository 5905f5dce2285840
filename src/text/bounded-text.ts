import * as z from "zod";
import { characters, textFault } from "./characters.ts";

/** A string of `min` to `max` Unicode characters that can be stored and returned unchanged. */
export const boundedText = (min: number, max: number) =>
  z.string().superRefine((value, ctx) => {
    const length = characters(value);
    if (length < min || length > max) {
      ctx.addIssue({ code: "custom", message: `Must have ${min} to ${max} characters; got ${length}.` });
    }
    const fault = textFault(value);
    if (fault) ctx.addIssue({ code: "custom", message: `${fault[0]?.toUpperCase()}${fault.slice(1)}.` });
  });
