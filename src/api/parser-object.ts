/** A parser as clients see it. */
import * as z from "zod";
import { unixSeconds } from "../batch/batch-object.ts";
import { LISTED_URL_PATTERNS, type ParserRow, type ParserSummaryRow } from "../db/custom-parsers.ts";
import type { BuiltInParser } from "../parsers/built-in.ts";
import { parserDefinition } from "../parsers/definition.ts";

const { name, description, credits, url_patterns, baseSelector, baseFields, fields } = parserDefinition.shape;

export const parserSummarySchema = z
  .object({
    id: z.string().meta({ example: "parser_5vK2mXc8RtY1wQz7nLb4Gd" }),
    object: z.literal("parser"),
    version: z.int().min(1),
    built_in: z.boolean().meta({ description: "Built-in parsers can be used and tested, but not changed." }),
    aliases: z.array(z.string()).meta({ description: "Other IDs of the same parser." }),
    created: z
      .int()
      .nullable()
      .meta({ description: "When this version was created, in Unix seconds. Null for built-in parsers." }),
    name,
    description,
    credits: credits.unwrap(),
    url_patterns: url_patterns.unwrap().meta({
      description:
        "The pages the parser is meant for. Informational: the parser runs on any page. Lists show the first " +
        `${LISTED_URL_PATTERNS} patterns of each parser.`,
    }),
  })
  .meta({ id: "ParserSummary" });

export const parserSchema = parserSummarySchema
  .extend({
    baseSelector,
    baseFields,
    fields: fields.optional().meta({ description: "Absent for built-in parsers, which are code." }),
  })
  .meta({ id: "Parser" });

export type ParserSummary = z.output<typeof parserSummarySchema>;

export function builtInParserObject(parser: BuiltInParser): ParserSummary {
  const { id, version, aliases, name, description, credits, urlPatterns } = parser;
  return {
    id,
    object: "parser",
    version,
    built_in: true,
    aliases: [...aliases],
    created: null,
    name,
    description,
    credits,
    url_patterns: [...urlPatterns],
  };
}

export function customParserObject(row: ParserRow): z.output<typeof parserSchema> {
  return { ...identity(row), ...parserDefinition.parse(row.definition) };
}

export function customParserSummary(row: ParserSummaryRow): ParserSummary {
  return {
    ...identity(row),
    name: row.name,
    description: row.description ?? undefined,
    credits: row.credits,
    url_patterns: row.urlPatterns,
  };
}

function identity({ id, version, createdAt }: Pick<ParserRow, "id" | "version" | "createdAt">) {
  const created = unixSeconds(createdAt);
  return { id, object: "parser" as const, version, built_in: false, aliases: [], created };
}
