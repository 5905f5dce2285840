/**
 * Metadata: keys and values that a client stores with a batch or an item. The rules are Stripe's.
 *
 * Numbers and booleans become strings. A key whose value is null counts as not sent. Each error message names the key,
 * the rule and what was given.
 */
import * as z from "zod";
import type { Metadata } from "../db/json-columns.ts";
import { characters, storablePattern, textFault } from "../text/characters.ts";
import { kindOf, wrongKind } from "../text/validation-messages.ts";

export const MAX_KEYS = 50;
/** The most entries in one request. Those with null values count here, but not towards MAX_KEYS. */
const MAX_ENTRIES = 1000;
const MAX_KEY_CHARACTERS = 40;
const MAX_VALUE_CHARACTERS = 500;

/** Keys and their number, as JSON Schema. */
export const documentedKeys = {
  type: "object",
  // Keys with null values do not count, which a schema cannot express.
  maxProperties: MAX_KEYS,
  propertyNames: { maxLength: MAX_KEY_CHARACTERS, pattern: "^[^\\[\\]\\u0000]*$" },
} as const;

/** A value that is a string, as JSON Schema. */
export const documentedText = { maxLength: MAX_VALUE_CHARACTERS, pattern: storablePattern } as const;

/** The metadata of a new batch or item. */
export const metadata = z
  .unknown()
  .transform((value, ctx): Metadata => {
    const entries = readEntries(value, ctx, (value) => value !== null);
    return Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
  })
  .meta({
    description:
      `At most ${MAX_KEYS} keys of at most ${MAX_KEY_CHARACTERS} characters, without \`[\` or \`]\`; values of at most ` +
      `${MAX_VALUE_CHARACTERS} characters. Numbers and booleans become strings.`,
    example: { order: "42" },
    override: {
      ...documentedKeys,
      additionalProperties: {
        type: ["string", "number", "boolean", "null"],
        ...documentedText,
      },
    },
  });

/** A change to metadata: keys to set, and keys to remove as null. As a whole null: remove all. */
export type MetadataPatch = Record<string, string | null> | null;

/** The metadata of a PATCH request. */
export const metadataPatch = z
  .unknown()
  .transform((value, ctx): MetadataPatch => {
    if (value === null || value === "") return null;
    const entries = readEntries(value, ctx, (value) => value !== null && value !== "");
    return Object.fromEntries(entries.map(([key, value]) => [key, value || null]));
  })
  .meta({
    description:
      `Keys to add or overwrite. A key set to null or an empty string is removed. The result can have at most ${MAX_KEYS} ` +
      "keys. If `metadata` itself is null or an empty string, all keys are removed.",
    example: { order: "43", note: null },
    override: {
      ...documentedKeys,
      maxProperties: MAX_ENTRIES,
      type: ["object", "null", "string"],
      maxLength: 0,
      additionalProperties: {
        type: ["string", "number", "boolean", "null"],
        ...documentedText,
      },
    },
  });

/** @param counts whether an entry with this value counts towards MAX_KEYS */
function readEntries(
  value: unknown,
  ctx: z.RefinementCtx,
  counts: (value: unknown) => boolean,
): [string, string | null][] {
  const refuse = (code: string, message: string, path: string[] = []) =>
    ctx.issues.push({ code: "custom", params: { code }, path, message, input: value });

  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse("invalid_type", wrongKind("Metadata must be an object of strings", value));
    return [];
  }
  const given = Object.entries(value);
  if (given.length > MAX_ENTRIES) {
    const rule = `At most ${MAX_ENTRIES} keys can be sent, including those set to null`;
    refuse("too_many_keys", `${rule}; got ${given.length}.`);
    return [];
  }
  const keys = given.filter(([, value]) => counts(value)).length;
  if (keys > MAX_KEYS) {
    refuse("too_many_keys", `Metadata can have at most ${MAX_KEYS} keys; got ${keys}.`);
    return [];
  }
  return given.map(([key, value]) => {
    const keyFault = faultOfKey(key);
    if (keyFault) refuse("invalid_key", keyFault, [key]);
    const read = readValue(key, value);
    if (read.fault) refuse("invalid_value", read.fault, [key]);
    return [key, read.value];
  });
}

function faultOfKey(key: string): string | null {
  const length = characters(key);
  if (length > MAX_KEY_CHARACTERS) {
    return `The metadata key ${quote(key)} has ${length} characters; a key can have at most ${MAX_KEY_CHARACTERS}.`;
  }
  if (/[[\]]/.test(key)) return `The metadata key ${quote(key)} must not contain "[" or "]".`;
  const fault = textFault(key);
  return fault && `The metadata key ${quote(key)} ${fault}.`;
}

function readValue(key: string, value: unknown): { value: string | null; fault?: string } {
  if (value === null) return { value: null };
  const name = `The value of the metadata key ${quote(key)}`;
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { value: null, fault: `${name} is a number too large for a double.` };
  }
  if (typeof value === "number" || typeof value === "boolean") return { value: String(value) };
  if (typeof value !== "string") {
    const rule = "must be a string, a number or a boolean";
    return { value: null, fault: `${name} ${rule}; got ${kindOf(value)}.` };
  }
  const length = characters(value);
  if (length > MAX_VALUE_CHARACTERS) {
    return {
      value: null,
      fault: `${name} has ${length} characters; a value can have at most ${MAX_VALUE_CHARACTERS}.`,
    };
  }
  const fault = textFault(value);
  return fault ? { value: null, fault: `${name} ${fault}.` } : { value };
}

/** The key as JSON, cut so that the message stays readable. */
function quote(key: string): string {
  const limit = MAX_KEY_CHARACTERS + 20;
  return JSON.stringify(key.length > limit ? `${key.slice(0, limit)}…` : key);
}
