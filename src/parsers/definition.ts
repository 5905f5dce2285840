/**
 * A parser as data: which elements of a page become which fields of its JSON.
 *
 * The form is that of crawl4ai's JsonCssExtractionStrategy (docs.crawl4ai.com/extraction/no-llm-strategies), so that its
 * schemas can be brought along, with more added: `required`, more transforms, lists of plain values. Left out are XPath
 * and `computed` fields, which are Python. With a `baseSelector` the answer is a list, without one an object.
 */
import * as z from "zod";
import { checkRegex } from "./regex.ts";
import { checkSelector } from "./selector.ts";

const MAX_NAME_CHARACTERS = 255;
const MAX_DESCRIPTION_CHARACTERS = 2000;
const MAX_SELECTOR_CHARACTERS = 1000;
const MAX_PATTERN_CHARACTERS = 1000;
const MAX_URL_PATTERNS = 100;
const MAX_TRANSFORMS = 10;
const MAX_CREDITS = 1000;
/** In the whole document, nested ones included. */
const MAX_FIELDS = 500;
/** Levels of fields within fields. */
const MAX_LEVELS = 8;
/** Of the document as JSON. */
const MAX_CHARACTERS = 100_000;

/** Levels of JSON that a document can have; what is nested deeper is not looked at. */
const MAX_JSON_LEVELS = 2 * MAX_LEVELS + 8;

const name = z
  .string()
  .min(1)
  .max(MAX_NAME_CHARACTERS)
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "Must be Unicode text without U+0000.");

const selector = z.string().min(1).max(MAX_SELECTOR_CHARACTERS);
const pattern = z.string().min(1).max(MAX_PATTERN_CHARACTERS);
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
  name: name.meta({ description: "The field's key in the answer." }),
  type: z
    .union([z.enum([...valueTypes, ...objectTypes]), z.array(z.enum(valueTypes)).min(1).max(4)], {
      error: ({ input }) => fieldTypeFault(input),
    })
    .meta({
      description:
        "`text`, `attribute`, `html`: of the first element that matches. `regex`: what `pattern` finds in its text; " +
        '`["attribute", "regex"]` in its attribute. `nested`: an object made of `fields`. `nested_list` and `list`: an ' +
        "object for each element; a `list` without `fields` has each one's text, or its `attribute`.",
    }),
  selector: selector.optional().meta({ description: "CSS. Without it the element around is meant." }),
  source: selector
    .regex(/^\s*[+~]/, "Must begin with + or ~: it names a sibling of the element around.")
    .optional()
    .meta({ description: "A sibling of the element around that `selector` starts from, such as `+ tr`." }),
  attribute: name.optional(),
  pattern: pattern.optional().meta({ description: "RE2 syntax: no look-around, no back-references." }),
  group: group
    .optional()
    .meta({ description: "The pattern's first group if absent, or else its whole match." }),
  transform: z
    .union([transform, z.array(transform).min(1).max(MAX_TRANSFORMS)], { error: transformFault })
    .optional()
    .meta({
      description:
        "Applied in turn. `number` and `price` must be last; a price is `{amount, currency}`, a date is in ISO 8601, a URL " +
        "is resolved against the page's.",
    }),
  default: z.json().optional().meta({ description: "The value when nothing is found." }),
  required: z
    .boolean()
    .optional()
    .meta({
      description:
        "An object that has none of its required fields counts as not found. A page on which nothing is found fails with " +
        "`parser_output_missing`.",
    }),
  get fields(): z.ZodOptional<z.ZodArray<typeof parserField>> {
    return z.array(parserField).min(1).max(MAX_FIELDS).optional();
  },
});
// Not by .meta(), which makes a copy: the schema refers to itself.
parserField.register(z.globalRegistry, { id: "ParserField" });

export type ParserField = z.output<typeof parserField>;

/** The part of a parser's document that tells its price. */
export const parserPrice = z.object({
  credits: z.int().min(1).max(MAX_CREDITS).default(1).meta({
    description: "Price of a page that succeeds, in credits.",
  }),
});

export const parserDefinition = z
  .object({
    name: name.meta({ description: "For people.", example: "Kettles" }),
    description: z.string().max(MAX_DESCRIPTION_CHARACTERS).optional(),
    ...parserPrice.shape,
    url_patterns: z
      .array(z.string().min(1).max(MAX_PATTERN_CHARACTERS))
      .max(MAX_URL_PATTERNS)
      .default([])
      .meta({ description: "Pages that it is meant for. They are for people: other pages are parsed too." }),
    baseSelector: selector.optional().meta({
      description:
        "CSS. The answer is a list with an object for each element; without it, one object for the page.",
    }),
    baseFields: z.array(parserField).max(MAX_FIELDS).optional().meta({
      description: "Fields of the base element itself, as crawl4ai has them.",
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
        `The whole parser must have at most ${MAX_CHARACTERS} characters as JSON; it has ${length}.`,
      );
    }
  })
  .meta({ id: "ParserDefinition" });

export type ParserDefinition = z.output<typeof parserDefinition>;

/** Validates a document of any origin: nulls count as not sent, and nesting is bounded before it is walked. */
export const givenParserDefinition = z
  .unknown()
  .transform((value, ctx) => {
    if (levels(value, MAX_JSON_LEVELS) <= MAX_JSON_LEVELS) return withoutNulls(value);
    const message = `Must have at most ${MAX_LEVELS} levels of fields.`;
    ctx.issues.push({ code: "custom", path: ["fields"], message, input: value });
    return z.NEVER;
  })
  .pipe(parserDefinition);

/** The rules that hold between the parts of a field. */
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
      if (this.#count === MAX_FIELDS + 1)
        this.refuse(path, `There can be at most ${MAX_FIELDS} fields in all.`);
      if (names.has(field.name)) {
        const message = `Must be unique among its fields; ${shown(field.name)} is there before.`;
        this.refuse([...path, i, "name"], message, "duplicate");
      }
      names.add(field.name);
      this.#field(field, [...path, i], level);
    }
  }

  selector(text: string, path: PropertyKey[]): void {
    this.#holds(path, "a CSS selector", text, () => checkSelector(text));
  }

  #field(field: ParserField, path: PropertyKey[], level: number): void {
    const types = [field.type].flat();
    const needs = (part: keyof ParserField, isMet = field[part] !== undefined) => {
      if (isMet) return;
      this.refuse(
        [...path, part],
        `Must be there: the field ${shown(field.name)} is of type ${types.join(", ")}.`,
      );
    };
    if (types.includes("attribute")) needs("attribute");
    if (types.includes("regex")) needs("pattern");
    if (types.includes("nested") || types.includes("nested_list")) needs("fields");
    if (types.includes("list") || types.includes("nested_list")) needs("selector");
    if (types.slice(1).some((type) => type !== "regex")) {
      const message = `Must be text, attribute, html or regex, and then only regex; ${types.join(", ")} was given.`;
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
        this.refuse(place, `Must be last: what ${step} makes is no text.`);
      }
    }
  }

  #regex(text: string, group: number | undefined, path: PropertyKey[]): void {
    const isValid = this.#holds([...path, "pattern"], "a regular expression in RE2's syntax", text, () =>
      checkRegex(text),
    );
    if (!isValid || group === undefined) return;
    const groups = checkRegex(text);
    if (group > groups) {
      this.refuse(
        [...path, "group"],
        `Must be at most ${groups}, the groups that the pattern has; ${group} was given.`,
      );
    }
  }

  /** Whether `check` does not throw. */
  #holds(path: PropertyKey[], rule: string, text: string, check: () => unknown): boolean {
    try {
      check();
      return true;
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      this.refuse(
        path,
        `Must be ${rule}; ${shown(text)} was given: ${reason.slice(0, 200).replace(/\.?$/, ".")}`,
      );
      return false;
    }
  }
}

function transformFault({ input }: { input?: unknown }): string {
  const names = transformName.options.join(", ");
  return `Must be one of ${names}, {"type": "regex", "pattern": …, "group"?: …}, or a list of 1 to ${MAX_TRANSFORMS} of these; ${shown(input)} was given.`;
}

function fieldTypeFault(input: unknown): string {
  if (input === "computed") {
    return "Fields of type computed run Python, which is not possible here; compute from the answer instead.";
  }
  const types = [...valueTypes, ...objectTypes].join(", ");
  return `Must be one of ${types}, or a list of value types that ends with regex; ${shown(input)} was given.`;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}

/** How many levels of arrays and objects there are, up to one more than `max`. */
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
