/** CSS selectors of parsers: by css-select, under a budget. */
import { _compileUnsafe, is, selectAll, selectOne } from "css-select";
import { type AnyNode, type Element, isTag } from "domhandler";
import * as dom from "domutils";
import type { Budget } from "./budget.ts";
import { attributeOf, textOf } from "./element-text.ts";

/** As querySelectorAll has it: what is left of the last compound may also match outside of the element searched. */
const globally = { relativeSelector: false };

/** Steps to compile a selector, besides those for its characters. */
const COMPILING = 500;

/** @throws Error that says what is wrong with the selector */
export function checkSelector(selector: string): void {
  if (/^\.{0,2}\//.test(selector.trim())) throw new Error("this is XPath; only CSS selectors are supported");
  _compileUnsafe<AnyNode, Element>(normalised(selector), globally);
}

interface Query {
  matches: ReturnType<typeof _compileUnsafe<AnyNode, Element>>;
  options: typeof globally & { adapter: ReturnType<typeof countingAdapter> };
}

/** The selectors of one run, each compiled once. */
export class Selectors {
  readonly #budget: Budget;
  readonly #compiled = new Map<string, Query>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The elements below `within` that match, in document order. @throws ParserFailed when the budget is used up */
  all(selector: string, within: AnyNode): Element[] {
    const { matches, options } = this.#query(selector, within);
    return selectAll<AnyNode, Element>(matches, within, options);
  }

  /** The first of them. @throws ParserFailed when the budget is used up */
  first(selector: string, within: AnyNode): Element | undefined {
    const { matches, options } = this.#query(selector, within);
    return selectOne<AnyNode, Element>(matches, within, options) ?? undefined;
  }

  /** @throws ParserFailed when the budget is used up */
  matches(selector: string, element: Element): boolean {
    const { matches, options } = this.#query(selector, element);
    this.#budget.spend(1);
    return is<AnyNode, Element>(element, matches, options);
  }

  #query(selector: string, within: AnyNode): Query {
    const known = this.#compiled.get(selector);
    if (known) return known;
    const normal = normalised(selector);
    this.#budget.spend(COMPILING + 10 * normal.length);
    // How much is done at each node grows with the selector.
    const options = { ...globally, adapter: countingAdapter(this.#budget, 1 + normal.length / 16) };
    const query = { matches: _compileUnsafe<AnyNode, Element>(normal, options, [within]), options };
    // One that means the element it starts from is another for each.
    if (!normal.includes(":scope")) this.#compiled.set(selector, query);
    return query;
  }
}

/** Beautiful Soup, which crawl4ai reads pages with, has two forms that CSS does not have. */
function normalised(selector: string): string {
  return selector
    .trim()
    .replaceAll(":-soup-contains(", ":contains(")
    .replace(/^(?=[>+~])/, ":scope ");
}

/** Every step that css-select takes through the page asks whether a node is an element, or for its text. */
function countingAdapter(budget: Budget, stepsPerNode: number) {
  return {
    ...dom,
    isTag: (node: AnyNode): node is Element => {
      budget.spend(stepsPerNode);
      return isTag(node);
    },
    getText: (node: AnyNode) => textOf(node, budget),
    getAttributeValue: (element: Element, name: string) => {
      const value = attributeOf(element, name);
      if (value) budget.spend(value.length / 4);
      return value;
    },
    // The library's own compares each node with each other.
    removeSubsets: (nodes: AnyNode[]) => {
      budget.spend(10 * nodes.length);
      const all = new Set(nodes);
      return [...all].filter((node) => !hasAncestorIn(all, node));
    },
  };
}

function hasAncestorIn(nodes: Set<AnyNode>, node: AnyNode): boolean {
  for (let ancestor = node.parent; ancestor; ancestor = ancestor.parent) {
    if (nodes.has(ancestor)) return true;
  }
  return false;
}
