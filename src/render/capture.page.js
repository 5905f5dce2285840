// Returns the page's HTML, with open shadow roots and same-origin frames written into it, and with marks for what only
// the browser knows. See marks.ts and flatten.ts in src/content/captured-html.
//
// Runs in an isolated world, where nothing matters that the page did to its globals. But elements with a name or an id
// appear as properties of `document` and of forms in every world, so all properties are read through the prototypes.
//
// If the HTML is longer than firstLength characters, only so many are returned, with the size of the whole, which is kept
// in that world as `html`. If it is larger than maxBytes in UTF-8, only its size is returned.
((marks, maxFrameDepth, maxBytes, firstLength) => {
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
  const previousElement = getter(Element, "previousElementSibling");
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
  const getAttribute = method(Element, "getAttribute");
  const setAttribute = method(Element, "setAttribute");
  const copy = method(Node, "cloneNode");
  const copyInto = method(Document, "importNode");
  const emptyDocument = method(DOMImplementation, "createHTMLDocument");
  const implementation = getter(Document, "implementation");
  const documentElement = getter(Document, "documentElement");
  const bodyOf = getter(Document, "body");
  const doctypeOf = getter(Document, "doctype");
  const contentType = getter(Document, "contentType");
  const characterSet = getter(Document, "characterSet");
  const findAll = method(Element, "querySelectorAll");
  const findAllInRoot = method(DocumentFragment, "querySelectorAll");
  const queryOf = { a: getter(HTMLAnchorElement, "search"), area: getter(HTMLAreaElement, "search") };
  const titleOf = getter(Document, "title");
  const viewOf = getter(Document, "defaultView");
  const frameDocuments = new Map(
    [
      ["iframe", HTMLIFrameElement],
      ["frame", HTMLFrameElement],
      ["object", HTMLObjectElement],
    ].map(([tag, type]) => [tag, getter(type, "contentDocument")]),
  );
  const boxOf = method(Element, "getBoundingClientRect");
  const changedValue = __FORM_VALUES__(getter, method);

  // One look-up per element: this script runs once per page, too short for the browser to compile it.
  const kinds = new Map();
  const kindOf = (kind, tags) => {
    for (const tag of tags.split(" ")) kinds.set(tag, kind);
  };
  kindOf("unseen", "head script style template noscript noframes link meta title");
  // The styles of elements inside a drawing do not matter here.
  kindOf("drawing", "svg math");
  kindOf(
    "inline",
    "abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strong",
  );
  kindOf("inline", "a button sub sup time tt u var");
  // Blocks that some pages put into a line. Others, such as lists, stay what they are.
  kindOf("flow", "address article aside center div figcaption footer form header nav p section");
  kindOf("heading", "h1 h2 h3 h4 h5 h6");
  kindOf("field", "input select textarea");
  kindOf("frame", "iframe frame object");
  const blockDisplay =
    /^(?:block|flex|grid|table|table-row|table-row-group|table-caption|list-item|flow-root|-webkit-box)$/;
  // These preserve white space by default.
  const preformatted = new Set(["pre", "textarea", "listing", "xmp", "plaintext"]);
  const TEXT_NODE = 3;
  const ELEMENT_NODE = 1;
  // What the elements around one mean for it.
  const nowhere = {
    isPreserved: false,
    isOverlaid: false,
    isHeading: false,
    isFaded: false,
    isPermalink: false,
  };

  const serialize = (page, frameDepth) => {
    const root = documentElement(page);
    if (!root) return "";
    const found = { marked: [], shadowRoots: [], frames: [], shown: 0 };
    const view = viewOf(page);
    if (view) inspect(root, view, nowhere, found);
    if (characterSet(page) !== "UTF-8") {
      encodeQueries(findAll(root, links));
      for (const shadow of found.shadowRoots) encodeQueries(findAllInRoot(shadow, links));
    }
    // All styles have been read by now. A mark set in between would make the browser compute them again.
    setAttribute(root, marks.rendered, "");
    for (const [element, name, value = ""] of found.marked) setAttribute(element, name, value);
    for (const [frame, content] of frameDepth < maxFrameDepth ? found.frames : []) {
      setAttribute(frame, marks.frame, serialize(content, frameDepth + 1));
      setAttribute(frame, marks.frameBase, baseUri(content));
    }
    if (contentType(page) === "text/html") return htmlOf(root, found.shadowRoots);
    // An XML document would be serialized as XML, which an HTML parser reads differently.
    return htmlOf(copyInto(emptyDocument(implementation(page), ""), root, true), []);
  };

  // The query of a link is sent in the page's encoding. The HTML is stored as UTF-8, so the query is written as it is sent.
  const links = ':is(a, area)[href*="?"]:not(svg *)';
  const encodeQueries = (found) => {
    for (const link of found) {
      const written = getAttribute(link, "href");
      const query = queryOf[tagName(link)]?.(link);
      if (query && /\?[^#]*[^\0-\x7f]/.test(written))
        setAttribute(
          link,
          "href",
          written.replace(/\?[^#]*/, () => query),
        );
    }
  };

  const htmlOf = (root, shadowRoots) => {
    if (shadowRoots.length === 0) return outerHtml(root);
    // getHTML() omits the element itself.
    const shell = outerHtml(copy(root, false));
    const end = shell.lastIndexOf("</");
    return shell.slice(0, end) + htmlWithRoots(root, { shadowRoots }) + shell.slice(end);
  };

  // Collects what to mark on `element` and below. Recursion is safe: Chrome itself crashes on trees long before they are
  // too deep for this.
  const inspect = (element, view, around, found) => {
    const tag = tagName(element);
    // An inert template that looks like a shadow root but is not one.
    if (tag === "template" && hasAttribute(element, "shadowrootmode"))
      found.marked.push([element, marks.hidden]);
    const kind = kinds.get(tag);
    if (kind === "unseen") return;
    const style = view.getComputedStyle(element);
    const display = style.display;
    const mayFade = tag === "a" || around.isPermalink || (around.isHeading && tag === "button");
    if (
      display === "none" ||
      (mayFade && isFadedLink(element, tag, style, around)) ||
      (kind === "field" && isUnseenField(element, style))
    ) {
      found.marked.push([element, marks.hidden]);
      collectRoots(element, found);
      return;
    }
    const isSeen = style.visibility === "visible";
    if (kind === "drawing") {
      if (!isSeen) found.marked.push([element, marks.hidden]);
      return;
    }
    const marksBefore = found.marked.length;
    const shownBefore = found.shown;
    const preserves = style.whiteSpaceCollapse !== "collapse";
    const position = style.position;
    const isOverlay = position !== "static" && !around.isOverlaid && isLaidOver(style, position);
    if (isSeen) {
      found.shown += 1;
      if (kind === "inline" || (kind === undefined && tag.includes("-")))
        markInline(element, display, style, position, view, found);
      else if (kind === "flow") markFlow(element, display, position, found);
      if (isOverlay) found.marked.push([element, marks.overlay]);
      if (preserves && !around.isPreserved && kind !== "field" && !preformatted.has(tag))
        found.marked.push([element, marks.preserved]);
    } else {
      found.marked.push([element, marks.textHidden]);
    }
    if (kind === "field") {
      const value = isSeen ? changedValue(element, tag) : null;
      if (value !== null) found.marked.push([element, marks.value, value]);
      return;
    }
    if (kind === "frame") {
      const content = contentOf(element, tag);
      if (content) found.frames.push([element, content]);
      else if (tag === "object" && !showsChildren(element)) {
        found.marked.push([element, marks.hidden]);
        return;
      }
    }
    const isHeading = around.isHeading || kind === "heading";
    const isFaded = around.isHeading && (around.isFaded || isClear(style));
    const isPermalink = around.isHeading && (around.isPermalink || (tag === "a" && isToFragment(element)));
    const isSame =
      preserves === around.isPreserved &&
      !isOverlay &&
      isHeading === around.isHeading &&
      isFaded === around.isFaded &&
      isPermalink === around.isPermalink;
    const isOverlaid = isOverlay || around.isOverlaid;
    const within = isSame ? around : { isPreserved: preserves, isOverlaid, isHeading, isFaded, isPermalink };
    const shadow = shadowRoot(element);
    if (shadow) {
      found.shadowRoots.push(shadow);
      for (let child = firstInRoot(shadow); child; child = nextElement(child))
        inspect(child, view, within, found);
    }
    for (let child = firstElement(element); child; child = nextElement(child))
      inspect(child, view, within, found);
    if (!isSeen && found.shown === shownBefore) {
      found.marked.length = marksBefore;
      found.marked.push([element, marks.hidden]);
    }
  };

  // Marks an inline element that is laid out as something else.
  const markInline = (element, display, style, position, view, found) => {
    if (display === "inline" || display === "inline-block") return;
    if (display === "table-cell") {
      found.marked.push([element, marks.apart]);
    } else if (blockDisplay.test(display) && (nextNode(element) || previousNode(element))) {
      const isWithinLine =
        isOutOfFlow(position) &&
        (isInLine(previousNode(element), previousNode, view) || isInLine(nextNode(element), nextNode, view));
      if (isWithinLine) found.marked.push([element, marks.apart]);
      else if (!isInitial(element, style)) found.marked.push([element, marks.block]);
    }
  };

  // Marks a block that is put into a line.
  const markFlow = (element, display, position, found) => {
    if (display === "inline" || (display.startsWith("inline-") && isBesideText(element))) {
      found.marked.push([element, marks.inline]);
    } else if (display === "block" && isOutOfFlow(position) && isBesideText(element)) {
      found.marked.push([element, marks.inline], [element, marks.apart]);
    }
  };

  const isOutOfFlow = (position) => position === "absolute" || position === "fixed";

  const isLaidOver = (style, position) =>
    position === "fixed" || position === "sticky" || (position === "absolute" && style.zIndex > 0);

  // A floating initial letter is the beginning of the word beside it.
  const isInitial = (element, style) => {
    const next = style.float !== "none" && nextNode(element);
    return next && nodeType(next) === TEXT_NODE && /^\S/.test(textOf(next));
  };

  const isWords = (node) => node !== null && nodeType(node) === TEXT_NODE && /\S/.test(textOf(node));

  const isBesideText = (element) => isWords(previousNode(element)) || isWords(nextNode(element));

  // Whether the first of these siblings that shows something is text, or an element within a line.
  const isInLine = (sibling, step, view) => {
    for (let node = sibling; node; node = step(node)) {
      if (isWords(node)) return true;
      if (nodeType(node) !== ELEMENT_NODE) continue;
      const style = view.getComputedStyle(node);
      return style.display.startsWith("inline") && !isOutOfFlow(style.position);
    }
    return false;
  };

  // Whether it is a heading's link to itself, something in that link, or a button, that appears under the pointer.
  const isFadedLink = (element, tag, style, { isHeading, isFaded, isPermalink }) => {
    if (!isHeading && !isBesideHeading(element)) return false;
    if (!isFaded && !isClear(style)) return false;
    return isPermalink || tag === "button" || isToFragment(element);
  };

  const isClear = ({ opacity }) => opacity < 0.05;

  const isToFragment = (link) => (getAttribute(link, "href") ?? "").includes("#");

  const isBesideHeading = (element) => {
    const before = previousElement(element);
    const after = before ? null : nextElement(element);
    return kinds.get(tagName(before ?? after ?? element)) === "heading";
  };

  // Whether only scripts see the field: one to copy from, or one that nobody but a robot fills in.
  const isUnseenField = (field, style) => {
    if (!isOutOfFlow(style.position)) return false;
    const { right, bottom, width, height } = boxOf(field);
    return style.opacity === "0" || width <= 1 || height <= 1 || right <= 0 || bottom + window.scrollY <= 0;
  };

  // Hidden elements are still part of the page, with their shadow roots.
  const collectRoots = (element, found) => {
    const shadow = shadowRoot(element);
    if (shadow) {
      found.shadowRoots.push(shadow);
      for (let child = firstInRoot(shadow); child; child = nextElement(child)) collectRoots(child, found);
    }
    for (let child = firstElement(element); child; child = nextElement(child)) collectRoots(child, found);
  };

  // The document in a frame, if the page could read it and it is not empty.
  const contentOf = (frame, tag) => {
    const content = frameDocuments.get(tag)?.(frame);
    const body = content && bodyOf(content);
    return body && (firstElement(body) || textOf(body).trim()) ? content : null;
  };

  // Whether the browser shows the children of an `<object>`, and not its data. Otherwise they have no place in the layout.
  const showsChildren = (object) => {
    const range = new Range();
    range.selectNodeContents(object);
    return range.getClientRects().length > 0;
  };

  // Frames have their HTML in an attribute, where it is escaped.
  const sizeOf = (text) => ({
    length: text.length,
    bytes: text.length > maxBytes ? text.length : new TextEncoder().encode(text).byteLength,
    isWide: /[^\0-\xff]/.test(text),
    tags: countOf("<", text) + (text.includes(marks.frame) ? countOf("lt;", text) : 0),
  });

  const countOf = (word, text) => {
    let count = 0;
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) count += 1;
    return count;
  };

  const doctype = doctypeOf(document);
  const html = serialize(document, 0);
  const isXml = contentType(document) !== "text/html";
  const whole = (doctype && !isXml ? new XMLSerializer().serializeToString(doctype) : "") + html;
  const size = whole.length > firstLength ? sizeOf(whole) : undefined;
  const isTooLarge = size !== undefined && size.bytes > maxBytes;
  if (size && !isTooLarge) globalThis.html = whole;
  return {
    size,
    html: isTooLarge ? "" : whole.slice(0, firstLength),
    title: String(titleOf(document)).slice(0, 500),
    url: window.location.href,
  };
})(__MARKS__, __MAX_FRAME_DEPTH__, __MAX_BYTES__, __FIRST_LENGTH__);
