/** Runs the CSS selectors of parsers with css-select, within a budget. */
import { _compileUnsafe, is, selectAll, selectOne } from "css-select";
import { type AnyNode, type Element, isTag } from "domhandler";
import * as dom from "domutils";
import type { Budget } from "./budget.ts";
import { attributeOf } from "./element-text.ts";

/** As in querySelectorAll, only the last compound selector must match inside the element searched. */
const globally = { relativeSelector: false };

/** Steps that compiling a selector takes, besides those for its characters. */
const COMPILE_STEPS = 500;

/** @throws Error that says what is wrong with the selector */
export function checkSelector(selector: string): void {
  if (/^\.{0,2}\//.test(selector.trim())) throw new Error("this is XPath; only CSS selectors are supported");
  _compileUnsafe<AnyNode, Element>(toCss(selector), globally);
}

interface Query {
  matches: ReturnType<typeof _compileUnsafe<AnyNode, Element>>;
  options: typeof globally & { adapter: ReturnType<typeof countingAdapter> };
}

/** The selectors of one run, each compiled once. */
export class Selectors {
  readonly #budget: Budget;
  readonly #textOf: (node: AnyNode) => string;
  readonly #compiled = new Map<string, Query>();

  /** @param textOf the text that `:contains()` searches */
  constructor(budget: Budget, textOf: (node: AnyNode) => string) {
    this.#budget = budget;
    this.#textOf = textOf;
  }

  /** The elements below `within` that match, in document order. @throws ParserFailed if the budget is exceeded */
  all(selector: string, within: AnyNode): Element[] {
    const { matches, options } = this.#query(selector, within);
    return selectAll<AnyNode, Element>(matches, within, options);
  }

  /** The first element below `within` that matches. @throws ParserFailed if the budget is exceeded */
  first(selector: string, within: AnyNode): Element | undefined {
    const { matches, options } = this.#query(selector, within);
    return selectOne<AnyNode, Element>(matches, within, options) ?? undefined;
  }

  /** @throws ParserFailed if the budget is exceeded */
  matches(selector: string, element: Element): boolean {
    const { matches, options } = this.#query(selector, element);
    this.#budget.spend(1);
    return is<AnyNode, Element>(element, matches, options);
  }

  #query(selector: string, within: AnyNode): Query {
    const known = this.#compiled.get(selector);
    if (known) return known;
    const css = toCss(selector);
    this.#budget.spend(COMPILE_STEPS + 10 * css.length);
    // The work at each node grows with the length of the selector.
    const options = {
      ...globally,
      adapter: countingAdapter(this.#budget, 1 + css.length / 16, this.#textOf),
    };
    const query = { matches: _compileUnsafe<AnyNode, Element>(css, options, [within]), options };
    // A selector with :scope is compiled for one element only.
    if (!css.includes(":scope")) this.#compiled.set(selector, query);
    return query;
  }
}

/** Translates two forms that CSS lacks and Beautiful Soup has, which crawl4ai reads pages with. */
function toCss(selector: string): string {
  return selector
    .trim()
    .replaceAll(":-soup-contains(", ":contains(")
    .replace(/^(?=[>+~])/, ":scope ");
}

/** Counts steps: wherever css-select goes, it asks whether a node is an element, or for its text. */
function countingAdapter(budget: Budget, stepsPerNode: number, textOf: (node: AnyNode) => string) {
  return {
    ...dom,
    isTag: (node: AnyNode): node is Element => {
      budget.spend(stepsPerNode);
      return isTag(node);
    },
    getText: textOf,
    getAttributeValue: (element: Element, name: string) => {
      const value = attributeOf(element, name);
      if (value) budget.spend(value.length / 4);
      return value;
    },
    // The library's version compares every two nodes.
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
