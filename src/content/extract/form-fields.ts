/** What a reader sees of a form field: its value, but never a password or a hidden field. */
import { type ChildNode, Element, isTag, isText, type ParentNode, Text } from "domhandler";
import { hasMark, markedValue } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";

export const fieldTags: ReadonlySet<string> = new Set(["input", "select", "textarea"]);

/** Inputs that do not show their value as text. */
const silentTypes = new Set(["password", "hidden", "file", "color", "range"]);
/** Browsers label these buttons if the page does not. */
const defaultLabels: Record<string, string> = { submit: "Submit", reset: "Reset" };
/** Values of `autocomplete` for secrets, which pages also ask for in plain text fields. */
const secret = /password|one-time-code|\bcc-/i;

/**
 * What is shown of a field, or nothing.
 *
 * @param isMarked whether the browser marked the page. If so, checkboxes and radio buttons become `<checkbox>`. If not, nobody
 * knows whether they are shown, so a checkbox stays an `<input>`, which only counts at the beginning of a list item.
 */
export function shownField(field: Element, isMarked: boolean): ChildNode[] {
  if (field.name === "select") return onLine(chosenOptions(field));
  if (field.name === "textarea") return shownTextArea(field);
  const { value, alt, autocomplete = "" } = field.attribs;
  const type = (field.attribs.type ?? "text").toLowerCase();
  if (type === "checkbox" || type === "radio") return checkable(field, type, isMarked);
  if (type === "image") return onLine(alt ?? "Submit");
  if (silentTypes.has(type) || secret.test(autocomplete)) return [];
  return onLine(markedValue(field) ?? value ?? defaultLabels[type] ?? "");
}

/** Fields get space around them. */
function onLine(value: string): ChildNode[] {
  const shown = value.replace(/\s*\n\s*/g, ", ").trim();
  return shown === "" ? [] : [new Text(` ${shown} `)];
}

function shownTextArea(area: Element): ChildNode[] {
  if (secret.test(area.attribs.autocomplete ?? "")) return [];
  const value = markedValue(area);
  if (value !== undefined) setChildren(area, [new Text(value)]);
  return area.children.some((child) => isText(child) && /\S/.test(child.data)) ? [area] : [];
}

function checkable(input: Element, type: string, isMarked: boolean): ChildNode[] {
  const value = markedValue(input);
  const isChecked = value === undefined ? "checked" in input.attribs : value === "on";
  const attribs: Record<string, string> = isChecked ? { checked: "" } : {};
  if (isMarked) return [new Element("checkbox", attribs), new Text(" ")];
  return type === "checkbox" ? [new Element("input", attribs)] : [];
}

/** The options that are chosen, one per line. A list without a choice shows all of them. */
function chosenOptions(select: Element): string {
  const value = markedValue(select);
  if (value !== undefined) return value;
  const options = optionsOf(select).filter((option) => !hasMark(option, "hidden"));
  const chosen = options.filter(({ attribs }) => "selected" in attribs);
  const { attribs } = select;
  if ("multiple" in attribs) return (chosen.length > 0 ? chosen : options).map(labelOf).join("\n");
  const last = chosen.at(-1);
  if (last) return labelOf(last);
  if (Number(attribs.size) > 1) return options.map(labelOf).join("\n");
  const first = options.find((option) => !("disabled" in option.attribs)) ?? options[0];
  return first ? labelOf(first) : "";
}

function optionsOf(parent: ParentNode): Element[] {
  return parent.children.flatMap((child) => {
    if (!isTag(child)) return [];
    return child.name === "option" ? [child] : optionsOf(child);
  });
}

function labelOf(option: Element): string {
  return (option.attribs.label || textOf(option)).replace(/\s+/g, " ").trim();
}

function textOf(parent: ParentNode): string {
  return parent.children
    .map((child) => (isText(child) ? child.data : isTag(child) ? textOf(child) : ""))
    .join("");
}
