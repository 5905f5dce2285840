/** Runs a custom parser: reads the fields of its definition from a page. */
import type { AnyNode, Element } from "domhandler";
import { isTag } from "domhandler";
import type { ParserDefinition, ParserField } from "./definition.ts";
import { attributeOf } from "./element-text.ts";
import type { Json } from "./json-value.ts";
import type { ParserPage } from "./parser-page.ts";
import { transformed } from "./transform.ts";

interface Reading {
  /** The value found, or the default; undefined if there is neither. */
  value: Json | undefined;
  isFound: boolean;
}

/** The parser's output, or undefined if nothing was found. @throws ParserFailed if the budget is exceeded */
export function readDefinition(definition: ParserDefinition, page: ParserPage): Json | undefined {
  const fields = [...(definition.baseFields ?? []), ...definition.fields];
  const { baseSelector } = definition;
  const { value, isFound } =
    baseSelector === undefined
      ? readObject(fields, page.document, page)
      : readList(page.all(baseSelector, page.document), page, (element) => readObject(fields, element, page));
  return isFound ? value : undefined;
}

/** An object counts as found if one of its required fields is, or any field if none is required. */
function readObject(fields: readonly ParserField[], within: AnyNode, page: ParserPage): Reading {
  const properties: [string, Json][] = [];
  const hasRequired = fields.some(({ required }) => required);
  let isObjectFound = false;
  for (const field of fields) {
    const { value, isFound } = readField(field, within, page);
    if (value !== undefined) {
      page.budget.write(field.name.length);
      properties.push([field.name, value]);
    }
    isObjectFound ||= isFound && (!hasRequired || field.required === true);
  }
  return { value: Object.fromEntries(properties), isFound: isObjectFound };
}

/** Elements that do not count as found are left out of the list. */
function readList(
  elements: readonly Element[],
  page: ParserPage,
  read: (element: Element) => Reading,
): Reading {
  const values: Json[] = [];
  for (const element of elements) {
    page.budget.write(1);
    const { value, isFound } = read(element);
    if (isFound && value !== undefined) values.push(value);
  }
  return { value: values, isFound: values.length > 0 };
}

function readField(field: ParserField, around: AnyNode, page: ParserPage): Reading {
  const { source, selector, fields = [] } = field;
  const within = source === undefined ? around : page.first(source, around);
  const reading = within ? readWithin(within) : notFound(field);
  if (reading.isFound || field.default === undefined) return reading;
  return { value: field.default as Json, isFound: false };

  function readWithin(within: AnyNode): Reading {
    if (field.type === "list" || field.type === "nested_list") {
      return readList(page.all(selector ?? "*", within), page, (element) =>
        field.fields ? readObject(fields, element, page) : readValue(field, element, page),
      );
    }
    const element = selector === undefined ? within : page.first(selector, within);
    if (!element) return notFound(field);
    return field.type === "nested" ? readObject(fields, element, page) : readValue(field, element, page);
  }
}

/** The value for something missing, as in crawl4ai. */
function notFound({ type }: ParserField): Reading {
  if (type === "nested") return { value: {}, isFound: false };
  if (type === "list" || type === "nested_list") return { value: [], isFound: false };
  return { value: undefined, isFound: false };
}

function readValue(field: ParserField, node: AnyNode, page: ParserPage): Reading {
  const raw = rawValue(field, node, page);
  const value = raw === undefined ? undefined : transformed(raw, field.transform, page);
  if (typeof value === "string") page.budget.write(value.length);
  return { value, isFound: value !== undefined && value !== "" };
}

function rawValue(field: ParserField, node: AnyNode, page: ParserPage): string | undefined {
  const types = [field.type].flat();
  let value: string | undefined;
  if (types[0] === "html") value = page.outerHtml(node);
  else if (types[0] === "attribute" || (types[0] === "list" && field.attribute !== undefined)) {
    value = isTag(node) ? attributeOf(node, field.attribute?.toLowerCase() ?? "") : undefined;
  } else value = readsAmount(field) ? page.amountText(node) : page.text(node);

  if (value === undefined || !types.includes("regex") || field.pattern === undefined) return value;
  return page.regexes.match(field.pattern, value, field.group);
}

/** Whether a field is a number or price of its element, as opposed to one that a pattern finds in its text. */
function readsAmount({ type, transform }: ParserField): boolean {
  const steps = [transform ?? []].flat();
  const last = steps.at(-1);
  const hasPattern = [type].flat().includes("regex") || steps.some((step) => typeof step === "object");
  return (last === "number" || last === "price") && !hasPattern;
}
