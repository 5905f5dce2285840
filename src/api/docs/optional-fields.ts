/** How the document describes the optional fields of a parser's definition that a client sends. */
import type { ZodOpenApiOverride } from "zod-openapi";
import { definitionParts } from "../../parsers/definition.ts";

/**
 * They can be null, which counts as absent. The keyword `default` is left out, because generators of clients make a field
 * with a default required; descriptions state the defaults.
 */
export const describeOptionalFields: ZodOpenApiOverride = ({ zodSchema, jsonSchema, io }) => {
  if (io !== "input" || !definitionParts.has(zodSchema)) return;
  const { properties = {}, required = [] } = jsonSchema;
  for (const [name, schema] of Object.entries(properties)) {
    if (typeof schema === "boolean" || required.includes(name) || takesAnything(schema)) continue;
    const { description, default: _, ...rest } = schema;
    properties[name] = { ...(description ? { description } : {}), anyOf: [rest, { type: "null" }] };
  }
};

function takesAnything(schema: object): boolean {
  return Object.keys(schema).every((key) => key === "description");
}
