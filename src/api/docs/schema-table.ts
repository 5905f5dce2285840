/** A JSON Schema of the OpenAPI document as a table, with a row per field. Nested fields are indented. */
import { html } from "hono/html";
import { paragraphs } from "./text-to-html.ts";

/** The part of JSON Schema that the document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  description?: string;
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
}

interface Row {
  name: string;
  depth: number;
  schema: Schema;
  required: boolean;
}

const isNull = (schema: Schema) => schema.type === "null";

/** Unwraps a nullable schema. The type column says that null is allowed. */
function bare(schema: Schema): Schema {
  const [only, ...more] = schema.anyOf?.filter((part) => !isNull(part)) ?? [];
  if (!only || more.length > 0) return schema;
  return { ...only, ...(schema.description ? { description: schema.description } : {}) };
}

function rowsOf(schema: Schema, depth = 0): Row[] {
  const { properties = {}, required = [] } = bare(schema);
  return Object.entries(properties).flatMap(([name, property]) => {
    const inner = bare(property);
    const nested = inner.items ? bare(inner.items) : inner;
    return [
      { name, depth, schema: property, required: required.includes(name) },
      ...rowsOf(nested, depth + 1),
    ];
  });
}

function typeOf(schema: Schema): string {
  return [...new Set(typesOf(schema))].join(" or ");
}

/** The alternatives of a type. */
function typesOf(schema: Schema): string[] {
  if (schema.$ref) return [nameOf(schema.$ref) ?? "any JSON"];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value));
  if (schema.anyOf) return schema.anyOf.flatMap(typesOf);
  if (schema.items) return [`array of ${grouped(typesOf(bare(schema.items)))}`];
  const { additionalProperties, type = "anything" } = schema;
  return [type].flat().map((one) => {
    const hasValues = one === "object" && typeof additionalProperties === "object";
    return hasValues ? `object of ${grouped(typesOf(additionalProperties))}` : one;
  });
}

function grouped(types: string[]): string {
  return types.length > 1 ? `(${types.join(" or ")})` : types.join();
}

/** The name of the schema that a reference points to. Null for the parts of recursive types, which have generated names. */
export function nameOf(ref: string): string | null {
  const name = ref.split("/").at(-1) ?? "";
  return name === "" || name.startsWith("__") ? null : name;
}

function limitsOf(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties } = bare(schema);
  const shown = (limit: number) => limit.toLocaleString("en");
  const between = (min: number | undefined, max: number | undefined, unit: string) => {
    // Zod gives every integer the limits of a safe one.
    const bottom = min === Number.MIN_SAFE_INTEGER ? undefined : min;
    const top = max === Number.MAX_SAFE_INTEGER ? undefined : max;
    if (unit === " characters" && bottom === 1 && top === undefined) return ["not empty"];
    // The rule of an empty string that is allowed besides other types: its description explains it.
    if (top === 0) return [];
    if (top === undefined) return bottom ? [`at least ${shown(bottom)}${unit}`] : [];
    return [
      bottom === undefined ? `at most ${shown(top)}${unit}` : `${shown(bottom)} to ${shown(top)}${unit}`,
    ];
  };
  return [
    ...between(minimum, maximum, ""),
    ...between(minLength, maxLength, " characters"),
    ...between(minItems, maxItems, " elements"),
    ...between(undefined, maxProperties, " keys"),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ].join(", ");
}

function tableRow({ name, depth, schema, required }: Row) {
  const limits = limitsOf(schema);
  return html`<tr>
    <td style="padding-left: ${depth * 1.2}em"><code>${name}</code>${required ? html` <span class="required">required</span>` : ""}</td>
    <td>${typeOf(schema)}${limits && html`<br /><small>${limits}</small>`}</td>
    <td>${paragraphs(bare(schema).description ?? "")}</td>
  </tr>`;
}

/** Whether a table of the schema's fields would have any rows. */
export function hasFields(schema: Schema): boolean {
  return rowsOf(schema).length > 0;
}

/** The fields of an object, as a table. */
export function fieldTable(schema: Schema) {
  return html`<table>
    <thead><tr><th>Field</th><th>Type</th><th>Description</th></tr></thead>
    <tbody>${rowsOf(schema).map(tableRow)}</tbody>
  </table>`;
}

/** The parameters of an operation, as a table. */
export function parameterTable(
  parameters: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[],
) {
  const rows = parameters.map(({ name, required = false, description, schema = {} }) =>
    tableRow({ name, depth: 0, required, schema: { ...schema, description } }),
  );
  return html`<table>
    <thead><tr><th>Parameter</th><th>Type</th><th>Description</th></tr></thead>
    <tbody>${rows}</tbody>
  </table>`;
}
