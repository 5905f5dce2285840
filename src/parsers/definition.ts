/**
 * The definition of a custom parser: which elements of a page become which fields of its JSON.
 *
 * It is compatible with the schemas of crawl4ai's JsonCssExtractionStrategy (docs.crawl4ai.com/extraction/no-llm-strategies),
 * and adds `required`, more transforms, and lists of plain values. XPath and `computed` fields, which run Python, are not
 * supported. The output is a list with a `baseSelector`, and an object without one.
 */
import * as z from "zod";
import { boundedText } from "../text/bounded-text.ts";
import { shortened } from "../text/shortened.ts";
import { isRequired } from "../text/validation-messages.ts";
import { checkRegex } from "./regex.ts";
import { checkSelector } from "./selector.ts";

const MAX_NAME_CHARACTERS = 255;
const MAX_DESCRIPTION_CHARACTERS = 2000;
const MAX_SELECTOR_CHARACTERS = 1000;
const MAX_PATTERN_CHARACTERS = 1000;
const MAX_URL_PATTERNS = 100;
const MAX_TRANSFORMS = 10;
const MAX_CREDITS = 1000;
/** In the whole definition, including nested fields. */
const MAX_FIELDS = 500;
/** Levels of nested fields. */
const MAX_LEVELS = 8;
/** Of the definition as JSON. */
const MAX_CHARACTERS = 100_000;

/** Levels of JSON that a valid definition can have. Deeper nesting is rejected before it is read. */
const MAX_JSON_LEVELS = 2 * MAX_LEVELS + 8;

const name = boundedText(1, MAX_NAME_CHARACTERS);
const selector = boundedText(1, MAX_SELECTOR_CHARACTERS);
const pattern = boundedText(1, MAX_PATTERN_CHARACTERS);
const group = z.int().min(0).max(99);

const valueTypes = ["text", "attribute", "html", "regex"] as const;
const objectTypes = ["nested", "list", "nested_list"] as const;

const transformName = z.enum(["trim", "strip", "lowercase", "uppercase", "number", "price", "date", "url"]);
const regexTransform = z.object({ type: z.literal("regex"), pattern, group: group.optional() });
const transform = z.union([transformName, regexTransform], {
  error: transformFault,
});

export type Transform = z.output<typeof transform>;

const parserField = z.object({
  name: name.meta({ description: "The field's key in the output." }),
  type: z
    .union([z.enum([...valueTypes, ...objectTypes]), z.array(z.enum(valueTypes)).min(1).max(4)], {
      error: ({ input }) => fieldTypeFault(input),
    })
    .meta({
      description:
        "`text`, `attribute` and `html` read the first matching element. `regex` reads the match of `pattern` in its text, " +
        '`["attribute", "regex"]` the match in its attribute. `nested` is an object with `fields`. `nested_list` and `list` ' +
        "have an object for each matching element. A `list` without `fields` has the text of each, or its `attribute`.",
    }),
  selector: selector
    .optional()
    .meta({ description: "A CSS selector. Defaults to the parent field's element." }),
  source: selector
    .regex(/^\s*[+~]/, "Must begin with + or ~, since it selects a sibling of the parent field's element.")
    .optional()
    .meta({
      pattern: "^\\s*[+~][^\\u0000]*$",
      description: "A sibling of the parent field's element, such as `+ tr`. `selector` starts from there.",
    }),
  attribute: name.optional(),
  pattern: pattern.optional().meta({ description: "In RE2 syntax, without lookaround and backreferences." }),
  group: group.optional().meta({
    description: "Defaults to the pattern's first group, or to its whole match if it has no groups.",
  }),
  transform: z
    .union([transform, z.array(transform).min(1).max(MAX_TRANSFORMS)], { error: transformFault })
    .optional()
    .meta({
      description:
        "Applied in order. `number` and `price` must be last. A price is `{amount, currency}`, a date is in ISO 8601, and a " +
        "URL is resolved against the page's.",
    }),
  // Not z.json(): it refers to itself, and generators of clients cannot read the references.
  default: z.unknown().optional().meta({ description: "Any JSON: the value if nothing is found." }),
  required: z
    .boolean()
    .optional()
    .meta({
      description:
        "An object without any of its required fields counts as not found. If nothing is found on a page, it fails with " +
        "`parser_output_missing`.",
    }),
  get fields(): z.ZodOptional<z.ZodArray<typeof parserField>> {
    return z.array(parserField).min(1).max(MAX_FIELDS).optional();
  },
});
// Not with .meta(), which makes a copy, since the schema refers to itself.
parserField.register(z.globalRegistry, { id: "ParserField" });

export type ParserField = z.output<typeof parserField>;

/** The price in a parser's definition. */
export const parserPrice = z.object({
  credits: z.int().min(1).max(MAX_CREDITS).default(1).meta({
    description: "Price of a successful page, in credits. Defaults to 1.",
  }),
});

export const parserDefinition = z
  .object({
    name: name.meta({ description: "A name for people to read.", example: "Kettles" }),
    description: boundedText(0, MAX_DESCRIPTION_CHARACTERS).optional(),
    ...parserPrice.shape,
    url_patterns: z.array(boundedText(1, MAX_PATTERN_CHARACTERS)).max(MAX_URL_PATTERNS).default([]).meta({
      description:
        "The pages that the parser is meant for. For information only: other pages are parsed too.",
    }),
    baseSelector: selector.optional().meta({
      description:
        'A CSS selector. The output is `{"items": […]}` with an object for each matching element. Without it, the output is ' +
        "one object.",
    }),
    baseFields: z.array(parserField).max(MAX_FIELDS).optional().meta({
      description: "Fields of the base element itself, as in crawl4ai.",
    }),
    fields: z.array(parserField).min(1).max(MAX_FIELDS),
  })
  .superRefine((definition, ctx) => {
    const rules = new FieldRules(ctx);
    if (definition.baseSelector !== undefined) rules.selector(definition.baseSelector, ["baseSelector"]);
    rules.fields(definition.baseFields ?? [], ["baseFields"], 1);
    rules.fields(
      definition.fields,
      ["fields"],
      1,
      new Set(definition.baseFields?.map((field) => field.name)),
    );
    const { length } = JSON.stringify(definition);
    if (length > MAX_CHARACTERS) {
      rules.refuse(
        ["fields"],
        `The whole parser must have at most ${MAX_CHARACTERS} characters as JSON; got ${length}.`,
      );
    }
  })
  .meta({ id: "ParserDefinition" });

/** The objects of which a definition consists. */
export const definitionParts: ReadonlySet<unknown> = new Set([parserDefinition, parserField, regexTransform]);

export type ParserDefinition = z.output<typeof parserDefinition>;

/** Validates a definition from a client. Nulls count as absent, and too deep nesting is rejected first. */
export const givenParserDefinition = z
  .unknown()
  .transform((value, ctx) => {
    if (levels(value, MAX_JSON_LEVELS) <= MAX_JSON_LEVELS) return withoutNulls(value);
    const message = `Must have at most ${MAX_LEVELS} levels of fields.`;
    ctx.issues.push({ code: "custom", path: ["fields"], message, input: value });
    return z.NEVER;
  })
  .pipe(parserDefinition);

/** Checks rules that involve several parts of a definition. */
class FieldRules {
  readonly #ctx: z.RefinementCtx;
  #count = 0;

  constructor(ctx: z.RefinementCtx) {
    this.#ctx = ctx;
  }

  refuse(path: PropertyKey[], message: string, code = "custom"): void {
    this.#ctx.addIssue({ code: "custom", params: { code }, path, message });
  }

  fields(
    fields: readonly ParserField[],
    path: PropertyKey[],
    level: number,
    names = new Set<string>(),
  ): void {
    if (level > MAX_LEVELS) {
      this.refuse(path, `Must have at most ${MAX_LEVELS} levels of fields.`);
      return;
    }
    for (const [i, field] of fields.entries()) {
      this.#count += 1;
      if (this.#count === MAX_FIELDS + 1) this.refuse(path, `Must have at most ${MAX_FIELDS} fields in all.`);
      if (names.has(field.name)) {
        const message = `Must be unique among its fields; ${shown(field.name)} comes twice.`;
        this.refuse([...path, i, "name"], message, "duplicate");
      }
      names.add(field.name);
      this.#field(field, [...path, i], level);
    }
  }

  selector(text: string, path: PropertyKey[]): void {
    this.#satisfies(path, "a CSS selector", text, () => checkSelector(text));
  }

  #field(field: ParserField, path: PropertyKey[], level: number): void {
    const types = [field.type].flat();
    const needs = (part: keyof ParserField, isMet = field[part] !== undefined) => {
      if (isMet) return;
      this.refuse(
        [...path, part],
        `Is required: the field ${shown(field.name)} is of type ${types.join(", ")}.`,
      );
    };
    if (types.includes("attribute")) needs("attribute");
    if (types.includes("regex")) needs("pattern");
    if (types.includes("nested") || types.includes("nested_list")) needs("fields");
    if (types.includes("list") || types.includes("nested_list")) needs("selector");
    if (types.slice(1).some((type) => type !== "regex")) {
      const message = `Must be text, attribute, html or regex, followed only by regex; got ${types.join(", ")}.`;
      this.refuse([...path, "type"], message);
    }
    if (field.selector !== undefined) this.selector(field.selector, [...path, "selector"]);
    if (field.source !== undefined) this.selector(field.source, [...path, "source"]);
    if (field.pattern !== undefined) this.#regex(field.pattern, field.group, path);
    this.#transforms(field, path);
    if (field.fields) this.fields(field.fields, [...path, "fields"], level + 1);
  }

  #transforms({ transform }: ParserField, path: PropertyKey[]): void {
    const transforms = transform === undefined ? [] : [transform].flat();
    for (const [i, step] of transforms.entries()) {
      const place = Array.isArray(transform) ? [...path, "transform", i] : [...path, "transform"];
      if (typeof step === "object") this.#regex(step.pattern, step.group, place);
      if ((step === "number" || step === "price") && i < transforms.length - 1) {
        this.refuse(place, `Must be last, since the result of ${step} is not text.`);
      }
    }
  }

  #regex(text: string, group: number | undefined, path: PropertyKey[]): void {
    const isValid = this.#satisfies([...path, "pattern"], "a regular expression in RE2 syntax", text, () =>
      checkRegex(text),
    );
    if (!isValid || group === undefined) return;
    const groups = checkRegex(text);
    if (group > groups) {
      this.refuse(
        [...path, "group"],
        `Must be at most ${groups}, the number of groups in the pattern; got ${group}.`,
      );
    }
  }

  /** Whether `check` does not throw. */
  #satisfies(path: PropertyKey[], rule: string, text: string, check: () => unknown): boolean {
    try {
      check();
      return true;
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      this.refuse(path, `Must be ${rule}; got ${shown(text)}: ${reason.slice(0, 200).replace(/\.?$/, ".")}`);
      return false;
    }
  }
}

function transformFault({ input }: { input?: unknown }): string {
  const names = transformName.options.join(", ");
  return `Must be one of ${names}, {"type": "regex", "pattern": …, "group"?: …}, or a list of 1 to ${MAX_TRANSFORMS} of these; got ${shown(input)}.`;
}

function fieldTypeFault(input: unknown): string {
  if (input === undefined) return isRequired;
  if (input === "computed") {
    return "Computed fields run Python, which is not supported. Compute them from the output instead.";
  }
  const types = [...valueTypes, ...objectTypes].join(", ");
  return `Must be one of ${types}, or a list of value types that ends with regex; got ${shown(input)}.`;
}

function shown(value: unknown): string {
  return shortened(JSON.stringify(value) ?? "nothing");
}

/** The number of levels of arrays and objects, counted up to `max` + 1. */
function levels(value: unknown, max: number): number {
  if (typeof value !== "object" || value === null || max < 0) return 0;
  let most = 0;
  for (const part of Object.values(value)) {
    most = Math.max(most, levels(part, max - 1));
    if (most > max) break;
  }
  return most + 1;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, key === "default" ? part : withoutNulls(part)]),
  );
}
