/**
 * Shadow roots and frames, as the page step leaves them in the HTML, brought into the form that is kept: one tree, as a
 * reader sees it. HTML, text and Markdown all go through here, so that they agree.
 *
 * The page step (capture.page.js) serialises with `getHTML({ shadowRoots })`, which writes an open shadow root as
 * `<template shadowrootmode="open">` in its host, and sets the marks before: see marks.ts.
 */

import renderHtml from "dom-serializer";
import { type ChildNode, type Element, hasChildren, isTag, isText, type ParentNode } from "domhandler";
import { type MarkNames, markNames } from "./marks.ts";
import { parseHtml } from "./parse.ts";

/** Frames within frames, at most: what lies deeper is left out. Each level escapes its HTML once more. */
export const maxFrameDepth = 4;

const shadowRootMode = "shadowrootmode";

/**
 * A page's HTML without shadow roots: what is in them stands in their hosts, the host's children in their slots. Frames
 * stay frames, with their content in `srcdoc`. HTML that has neither is answered as it is.
 *
 * @param token the marks', if the page comes from the page step
 */
export function flattenHtml(html: string, token?: string): string {
  return flattenFrame(html, 0, markNames(token));
}

function flattenFrame(html: string, frameDepth: number, marks: MarkNames): string {
  if (!html.includes(shadowRootMode) && !html.includes(marks.frame)) return html;
  const document = parseHtml(html, { everything: true });
  flatten(document, marks);
  fillFrames(document, frameDepth, marks);
  return renderHtml(document, { encodeEntities: "utf8" });
}

function fillFrames(parent: ParentNode, frameDepth: number, marks: MarkNames): void {
  for (const child of parent.children) {
    if (!isTag(child)) continue;
    const { [marks.frame]: html, [marks.frameBase]: base } = child.attribs;
    if (html !== undefined) {
      delete child.attribs[marks.frame];
      delete child.attribs[marks.frameBase];
      if (frameDepth < maxFrameDepth)
        child.attribs.srcdoc = withBase(flattenFrame(html, frameDepth + 1, marks), base);
    }
    fillFrames(child, frameDepth, marks);
  }
}

/** A `srcdoc` document takes its base from the page around it, unless it says otherwise. */
function withBase(html: string, base: string | undefined): string {
  if (!base) return html;
  const element = `<base href="${base.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}">`;
  const head = /<head\b[^>]*>/i.exec(html.slice(0, 20_000));
  if (!head) return element + html;
  const at = head.index + head[0].length;
  return html.slice(0, at) + element + html.slice(at);
}

/** Replaces the shadow roots below `root` by what they show. */
function flatten(root: ParentNode, marks: MarkNames): void {
  const filledSlots = new Set<Element>();
  openShadowRoots(root, filledSlots, marks);
  if (filledSlots.size > 0) unwrap(root, filledSlots);
}

function openShadowRoots(parent: ParentNode, filledSlots: Set<Element>, marks: MarkNames): void {
  if (isTag(parent as ChildNode)) openShadowRoot(parent as Element, filledSlots, marks);
  for (const child of parent.children) {
    if (hasChildren(child)) openShadowRoots(child, filledSlots, marks);
  }
}

function openShadowRoot(host: Element, filledSlots: Set<Element>, marks: MarkNames): void {
  const template = host.children.filter(isTag).find((child) => isShadowRoot(child, marks));
  if (!template) return;
  const unassigned = new Map<string, ChildNode[]>();
  for (const child of host.children) {
    if (child === template) continue;
    const slot = (isTag(child) && child.attribs.slot) || "";
    const waiting = unassigned.get(slot);
    if (waiting) waiting.push(child);
    else unassigned.set(slot, [child]);
  }
  fillSlots(template, unassigned, filledSlots, marks);
  setChildren(host, [...template.children, ...withoutSlot(unassigned, marks)]);
}

/** The page step hides a template that only looks like a shadow root. */
function isShadowRoot({ name, attribs }: Element, marks: MarkNames): boolean {
  return name === "template" && shadowRootMode in attribs && !(marks.hidden in attribs);
}

/** A slot shows the children of the host that name it, or else its own. Styles of the shadow root stay within it. */
function fillSlots(
  parent: Element,
  unassigned: Map<string, ChildNode[]>,
  filledSlots: Set<Element>,
  marks: MarkNames,
): void {
  setChildren(
    parent,
    parent.children.filter((child) => !isStyle(child)),
  );
  for (const child of parent.children) {
    if (!isTag(child) || isShadowRoot(child, marks)) continue;
    if (child.name === "slot") {
      const name = child.attribs.name ?? "";
      const assigned = unassigned.get(name);
      if (!(marks.hidden in child.attribs || marks.textHidden in child.attribs)) filledSlots.add(child);
      unassigned.delete(name);
      if (assigned?.some(isContent)) {
        setChildren(child, assigned);
        continue;
      }
    }
    fillSlots(child, unassigned, filledSlots, marks);
  }
}

function isStyle(node: ChildNode): boolean {
  return (
    isTag(node) && (node.name === "style" || (node.name === "link" && node.attribs.rel === "stylesheet"))
  );
}

function isContent(node: ChildNode): boolean {
  return isTag(node) || (isText(node) && node.data.trim() !== "");
}

/** Children of a host that no slot takes are not shown. */
function withoutSlot(unassigned: Map<string, ChildNode[]>, marks: MarkNames): Element[] {
  const elements = [...unassigned.values()].flat().filter(isTag);
  for (const element of elements) element.attribs[marks.hidden] = "";
  return elements;
}

/** Puts the children of each of `wrappers` in its place. */
function unwrap(parent: ParentNode, wrappers: Set<Element>): void {
  for (const child of parent.children) {
    if (hasChildren(child)) unwrap(child, wrappers);
  }
  if (parent.children.some((child) => isTag(child) && wrappers.has(child))) {
    setChildren(
      parent,
      parent.children.flatMap((child) => (isTag(child) && wrappers.has(child) ? child.children : child)),
    );
  }
}

/** Gives a node these children, and no others. */
export function setChildren(parent: ParentNode, children: ChildNode[]): void {
  let previous: ChildNode | null = null;
  for (const child of children) {
    child.parent = parent;
    child.prev = previous;
    child.next = null;
    if (previous) previous.next = child;
    previous = child;
  }
  parent.children = children;
}
