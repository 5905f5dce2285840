/**
 * Flattens shadow roots and captured frames into the one tree that a reader sees, so that HTML, text and Markdown agree.
 *
 * The page script (capture.page.js) serializes with `getHTML({ shadowRoots })`, which writes an open shadow root as
 * `<template shadowrootmode="open">` in its host.
 */

import renderHtml from "dom-serializer";
import { type ChildNode, type Element, hasChildren, isTag, isText, type ParentNode } from "domhandler";
import { parseHtml, setChildren } from "../html-tree.ts";
import type { MarkNames } from "./marks.ts";

/** Levels of frames within frames that are captured. Each level escapes its HTML once more. */
export const maxFrameDepth = 4;

const shadowRootMode = "shadowrootmode";

/** Whether the HTML may have shadow roots or captured frames. */
export function needsFlattening(html: string, marks: MarkNames): boolean {
  return html.includes(shadowRootMode) || html.includes(marks.frame);
}

/**
 * Writes the content of shadow roots into their hosts, and the children of a host into its slots. Captured frames stay
 * frames, with their content in `srcdoc`.
 *
 * Builds the tree of the page and of each captured frame: the caller checks that they fit into memory.
 */
export function flattenHtml(html: string, marks: MarkNames, frameDepth = 0): string {
  const document = parseHtml(html, { everything: true });
  flatten(document, marks);
  fillFrames(document, frameDepth, marks);
  return renderHtml(document, { encodeEntities: "utf8" });
}

/** Turns captured frames, within frames too, into `srcdoc` without a tree. Their base URLs are lost. */
export function framesAsSrcdoc(html: string, marks: MarkNames): string {
  // Each frame around an attribute escapes its quotes once more.
  const base = new RegExp(` ${marks.frameBase}=("|&(?:amp;)*quot;).*?\\1`, "gs");
  return html.replace(base, "").replaceAll(` ${marks.frame}=`, " srcdoc=");
}

function fillFrames(parent: ParentNode, frameDepth: number, marks: MarkNames): void {
  for (const child of parent.children) {
    if (!isTag(child)) continue;
    if (child.name === "frameset") asBody(child, marks);
    const { [marks.frame]: html, [marks.frameBase]: base } = child.attribs;
    if (html !== undefined) {
      delete child.attribs[marks.frame];
      delete child.attribs[marks.frameBase];
      if (frameDepth < maxFrameDepth) {
        const flat = needsFlattening(html, marks) ? flattenHtml(html, marks, frameDepth + 1) : html;
        child.attribs.srcdoc = withBase(flat, base);
        asIframe(child);
      }
    }
    fillFrames(child, frameDepth, marks);
  }
}

/** Only an `<iframe>` can have a `srcdoc`. A `<frame>` or `<object>` that shows a document becomes one. */
function asIframe(frame: Element): void {
  const { data, type: _, ...attribs } = frame.attribs;
  if (frame.name === "object") {
    frame.attribs = { ...attribs, ...(data === undefined ? {} : { src: data }) };
    setChildren(frame, []);
  }
  frame.name = "iframe";
}

/** A `<frameset>` cannot have an `<iframe>`. If a frame in it was captured, it becomes a body, or a block in another's. */
function asBody(frameset: Element, marks: MarkNames): void {
  if (!hasCapturedFrame(frameset, marks)) return;
  frameset.name =
    frameset.parent && isTag(frameset.parent) && frameset.parent.name === "html" ? "body" : "div";
  // For browsers without frames.
  setChildren(
    frameset,
    frameset.children.filter((child) => !(isTag(child) && child.name === "noframes")),
  );
}

function hasCapturedFrame({ children }: Element, marks: MarkNames): boolean {
  return children.some(
    (child) =>
      isTag(child) &&
      (marks.frame in child.attribs || (child.name === "frameset" && hasCapturedFrame(child, marks))),
  );
}

/** Without a `<base>`, a `srcdoc` document resolves URLs against the page around it. */
function withBase(html: string, base: string | undefined): string {
  if (!base) return html;
  const element = `<base href="${base.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}">`;
  const head = /<head\b[^>]*>/i.exec(html.slice(0, 20_000));
  if (!head) return element + html;
  const at = head.index + head[0].length;
  return html.slice(0, at) + element + html.slice(at);
}

/** Replaces the shadow roots below `root` with what they show. */
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
  const nodesBySlot = new Map<string, ChildNode[]>();
  for (const child of host.children) {
    if (child === template) continue;
    const slot = (isTag(child) && child.attribs.slot) || "";
    const slotted = nodesBySlot.get(slot);
    if (slotted) slotted.push(child);
    else nodesBySlot.set(slot, [child]);
  }
  fillSlots(template, nodesBySlot, filledSlots, marks);
  setChildren(host, [...template.children, ...withoutSlot(nodesBySlot, marks)]);
}

/** The page script marks a template that only looks like a shadow root as hidden. */
function isShadowRoot({ name, attribs }: Element, marks: MarkNames): boolean {
  return name === "template" && shadowRootMode in attribs && !(marks.hidden in attribs);
}

/**
 * A slot shows the children of the host that name it, or else its own. Styles of the shadow root are dropped: they
 * would leak.
 */
function fillSlots(
  parent: Element,
  nodesBySlot: Map<string, ChildNode[]>,
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
      const assigned = nodesBySlot.get(name);
      if (!(marks.hidden in child.attribs || marks.textHidden in child.attribs)) filledSlots.add(child);
      nodesBySlot.delete(name);
      if (assigned?.some(isContent)) {
        setChildren(child, assigned);
        continue;
      }
    }
    fillSlots(child, nodesBySlot, filledSlots, marks);
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

/** Marks the children of a host that no slot shows as hidden. */
function withoutSlot(nodesBySlot: Map<string, ChildNode[]>, marks: MarkNames): Element[] {
  const elements = [...nodesBySlot.values()].flat().filter(isTag);
  for (const element of elements) element.attribs[marks.hidden] = "";
  return elements;
}

/** Replaces each of `wrappers` with its children. */
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
