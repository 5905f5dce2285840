// Answers what is kept of the page: its HTML, with open shadow roots and same-origin frames written into it, and with
// marks on what only the browser knows: see captured-html/marks.ts and captured-html/flatten.ts in src/content.
//
// Runs in a world of its own, so that nothing the page did to its globals matters. Elements with a name or an id show
// through as properties of `document` and of forms in every world, though: so all reading goes through the prototypes.
//
// HTML of more than maxLength characters is not answered, only how much it is. The rest beyond the first sliceLength
// characters is kept in that world, as `html`.
((marks, maxFrameDepth, maxLength, sliceLength) => {
  const getter = (type, name) => {
    const { get } = Object.getOwnPropertyDescriptor(type.prototype, name);
    return (node) => Reflect.apply(get, node, []);
  };
  const method = (type, name) => {
    const value = type.prototype[name];
    return (node, ...given) => Reflect.apply(value, node, given);
  };
  const firstElement = getter(Element, "firstElementChild");
  const firstInRoot = getter(DocumentFragment, "firstElementChild");
  const nextElement = getter(Element, "nextElementSibling");
  const nextNode = getter(Node, "nextSibling");
  const previousNode = getter(Node, "previousSibling");
  const nodeType = getter(Node, "nodeType");
  const textOf = getter(Node, "textContent");
  const baseUri = getter(Node, "baseURI");
  const tagName = getter(Element, "localName");
  const shadowRoot = getter(Element, "shadowRoot");
  const outerHtml = getter(Element, "outerHTML");
  const htmlWithRoots = method(Element, "getHTML");
  const hasAttribute = method(Element, "hasAttribute");
  const setAttribute = method(Element, "setAttribute");
  const copy = method(Node, "cloneNode");
  const copyInto = method(Document, "importNode");
  const emptyDocument = method(DOMImplementation, "createHTMLDocument");
  const implementation = getter(Document, "implementation");
  const documentElement = getter(Document, "documentElement");
  const bodyOf = getter(Document, "body");
  const doctypeOf = getter(Document, "doctype");
  const contentType = getter(Document, "contentType");
  const titleOf = getter(Document, "title");
  const viewOf = getter(Document, "defaultView");
  const frameDocument = getter(HTMLIFrameElement, "contentDocument");

  const neverShown = new Set(["head", "script", "style", "template", "noscript", "link", "meta", "title"]);
  // What is in a drawing has no style of its own that matters here.
  const drawings = new Set(["svg", "math"]);
  const inlineTags = new Set(
    "a abbr b bdi bdo big button cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u var".split(
      " ",
    ),
  );
  const blockDisplay = /^(?:block|flex|grid|table|list-item|flow-root|-webkit-box)$/;
  // They keep white space without being told to.
  const preformatted = new Set(["pre", "code", "textarea", "listing", "xmp", "plaintext"]);
  const TEXT_NODE = 3;

  const serialised = (page, frameDepth) => {
    const root = documentElement(page);
    if (!root) return "";
    const found = { marked: [], shadowRoots: [], frames: [], shown: 0 };
    const view = viewOf(page);
    if (view) lookAt(root, view, false, found);
    // All reading is done by now: a mark set in between would have the browser compute the styles anew.
    setAttribute(root, marks.rendered, "");
    for (const [element, name] of found.marked) setAttribute(element, name, "");
    for (const [frame, content] of frameDepth < maxFrameDepth ? found.frames : []) {
      setAttribute(frame, marks.frame, serialised(content, frameDepth + 1));
      setAttribute(frame, marks.frameBase, baseUri(content));
    }
    if (contentType(page) === "text/html") return htmlOf(root, found.shadowRoots);
    // An XML document would be written as XML, which reads differently as HTML.
    return htmlOf(copyInto(emptyDocument(implementation(page), ""), root, true), []);
  };

  const htmlOf = (root, shadowRoots) => {
    if (shadowRoots.length === 0) return outerHtml(root);
    // getHTML leaves out the element itself.
    const shell = outerHtml(copy(root, false));
    const end = shell.lastIndexOf("</");
    return shell.slice(0, end) + htmlWithRoots(root, { shadowRoots }) + shell.slice(end);
  };

  // Notes what there is to mark on `element` and below. `isPreserved`: its parent keeps white space. Chrome itself crashes
  // long before a tree is too deep for this.
  const lookAt = (element, view, isPreserved, found) => {
    const tag = tagName(element);
    // Inert: a template that looks like a shadow root and is none.
    if (tag === "template" && hasAttribute(element, "shadowrootmode"))
      found.marked.push([element, marks.hidden]);
    if (neverShown.has(tag)) return;
    const style = view.getComputedStyle(element);
    const display = style.display;
    if (display === "none") {
      found.marked.push([element, marks.hidden]);
      noteRoots(element, found);
      return;
    }
    const isSeen = style.visibility === "visible";
    if (drawings.has(tag)) {
      if (!isSeen) found.marked.push([element, marks.hidden]);
      return;
    }
    const marksBefore = found.marked.length;
    const shownBefore = found.shown;
    const preserves = style.whiteSpaceCollapse !== "collapse";
    if (isSeen) {
      found.shown += 1;
      if (isLaidOutAsBlock(element, tag, display, style)) found.marked.push([element, marks.block]);
      if (preserves && !isPreserved && !preformatted.has(tag)) found.marked.push([element, marks.preserved]);
    } else {
      found.marked.push([element, marks.textHidden]);
    }
    const content = tag === "iframe" ? contentOf(element) : null;
    if (content) found.frames.push([element, content]);
    const shadow = shadowRoot(element);
    if (shadow) {
      found.shadowRoots.push(shadow);
      for (let child = firstInRoot(shadow); child; child = nextElement(child))
        lookAt(child, view, preserves, found);
    }
    for (let child = firstElement(element); child; child = nextElement(child))
      lookAt(child, view, preserves, found);
    if (!isSeen && found.shown === shownBefore) {
      found.marked.length = marksBefore;
      found.marked.push([element, marks.hidden]);
    }
  };

  // Whether an element that stands within a line by itself has been made a block, with something beside it.
  const isLaidOutAsBlock = (element, tag, display, style) => {
    if (!blockDisplay.test(display) || !(inlineTags.has(tag) || tag.includes("-"))) return false;
    const next = nextNode(element);
    if (!next && !previousNode(element)) return false;
    // A large first letter floats, and is the beginning of the word beside it.
    const isInitial =
      style.float !== "none" && next && nodeType(next) === TEXT_NODE && /^\S/.test(textOf(next));
    return !isInitial;
  };

  // What is not shown is still part of the page.
  const noteRoots = (element, found) => {
    const shadow = shadowRoot(element);
    if (shadow) {
      found.shadowRoots.push(shadow);
      for (let child = firstInRoot(shadow); child; child = nextElement(child)) noteRoots(child, found);
    }
    for (let child = firstElement(element); child; child = nextElement(child)) noteRoots(child, found);
  };

  // The document in a frame, if the page itself could read it and there is something in it.
  const contentOf = (frame) => {
    const content = frameDocument(frame);
    const body = content && bodyOf(content);
    return body && (firstElement(body) || textOf(body).trim()) ? content : null;
  };

  const doctype = doctypeOf(document);
  const html = serialised(document, 0);
  const isXml = contentType(document) !== "text/html";
  const whole = (doctype && !isXml ? new XMLSerializer().serializeToString(doctype) : "") + html;
  const isTooLong = whole.length > maxLength;
  if (!isTooLong && whole.length > sliceLength) globalThis.html = whole;
  return {
    length: whole.length,
    html: isTooLong ? "" : whole.slice(0, sliceLength),
    title: String(titleOf(document)).slice(0, 500),
    url: window.location.href,
  };
})(__MARKS__, __MAX_FRAME_DEPTH__, __MAX_LENGTH__, __SLICE_LENGTH__);
