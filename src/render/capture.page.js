// Returns the page's HTML, with open shadow roots and same-origin frames written into it, and with marks for what only
// the browser knows. See marks.ts and flatten.ts in src/content/captured-html.
//
// Runs in an isolated world, where nothing matters that the page did to its globals. But elements with a name or an id
// appear as properties of `document` and of forms in every world, so all properties are read through the prototypes.
//
// If the HTML is longer than maxLength characters, only its length is returned. If it is longer than sliceLength, its
// first slice is returned, and the whole is kept in that world as `html`.
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

  const neverShown = new Set([
    "head",
    "script",
    "style",
    "template",
    "noscript",
    "noframes",
    "link",
    "meta",
    "title",
  ]);
  // The styles of elements inside a drawing do not matter here.
  const drawings = new Set(["svg", "math"]);
  const inlineTags = new Set(
    "a abbr b bdi bdo big button cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u var".split(
      " ",
    ),
  );
  // Block elements that some pages put into a line. Others, such as headings and lists, stay what they are.
  const flowTags = new Set(
    "address article aside center div figcaption footer form header nav p section".split(" "),
  );
  const headingTags = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);
  const fieldTags = new Set(["input", "select", "textarea"]);
  const blockDisplay =
    /^(?:block|flex|grid|table|table-row|table-row-group|table-caption|list-item|flow-root|-webkit-box)$/;
  // These preserve white space by default.
  const preformatted = new Set(["pre", "code", "textarea", "listing", "xmp", "plaintext"]);
  const TEXT_NODE = 3;
  const ELEMENT_NODE = 1;
  // What the elements around one mean for it.
  const nowhere = { isPreserved: false, isOverlaid: false, isHeading: false, isFaded: false };

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
    if (neverShown.has(tag)) return;
    const style = view.getComputedStyle(element);
    const display = style.display;
    if (display === "none" || isInvisibleControl(element, tag, style, around)) {
      found.marked.push([element, marks.hidden]);
      collectRoots(element, found);
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
    const isOverlay = !around.isOverlaid && isLaidOver(style);
    if (isSeen) {
      found.shown += 1;
      markLayout(element, tag, display, style, view, found);
      if (isOverlay) found.marked.push([element, marks.overlay]);
      if (preserves && !around.isPreserved && !preformatted.has(tag) && !fieldTags.has(tag))
        found.marked.push([element, marks.preserved]);
    } else {
      found.marked.push([element, marks.textHidden]);
    }
    if (fieldTags.has(tag)) {
      const value = isSeen ? changedValue(element, tag) : null;
      if (value !== null) found.marked.push([element, marks.value, value]);
      return;
    }
    const content = contentOf(element, tag);
    if (content) found.frames.push([element, content]);
    else if (tag === "object" && !showsChildren(element)) {
      found.marked.push([element, marks.hidden]);
      return;
    }
    const isHeading = around.isHeading || headingTags.has(tag);
    const isFaded = around.isHeading && (around.isFaded || style.opacity === "0");
    const within =
      preserves === around.isPreserved &&
      !isOverlay &&
      isHeading === around.isHeading &&
      isFaded === around.isFaded
        ? around
        : { isPreserved: preserves, isOverlaid: around.isOverlaid || isOverlay, isHeading, isFaded };
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

  // Marks an element that is laid out unlike others of its name.
  const markLayout = (element, tag, display, style, view, found) => {
    if (inlineTags.has(tag) || tag.includes("-")) {
      if (display === "table-cell") found.marked.push([element, marks.apart]);
      else if (blockDisplay.test(display) && (nextNode(element) || previousNode(element))) {
        if (isOutOfFlow(style)) {
          const isWithinLine =
            isInLine(previousNode(element), previousNode, view) ||
            isInLine(nextNode(element), nextNode, view);
          found.marked.push([element, isWithinLine ? marks.apart : marks.block]);
        } else if (!isInitial(element, style)) {
          found.marked.push([element, marks.block]);
        }
      }
    } else if (flowTags.has(tag)) {
      if (display === "inline" || (display.startsWith("inline-") && isBesideText(element))) {
        found.marked.push([element, marks.inline]);
      } else if (display === "block" && isBesideText(element) && isOutOfFlow(style)) {
        found.marked.push([element, marks.inline], [element, marks.apart]);
      }
    }
  };

  const isOutOfFlow = ({ position }) => position === "absolute" || position === "fixed";

  const isLaidOver = ({ position, zIndex }) =>
    position === "fixed" || position === "sticky" || (position === "absolute" && zIndex > 0);

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
      return style.display.startsWith("inline") && !isOutOfFlow(style);
    }
    return false;
  };

  // Whether it is a heading's link to itself that appears under the pointer, or a field that only scripts see.
  const isInvisibleControl = (element, tag, style, { isHeading, isFaded }) => {
    if (fieldTags.has(tag)) {
      if (!isOutOfFlow(style)) return false;
      const { right, bottom, width, height } = boxOf(element);
      return style.opacity === "0" || width <= 1 || height <= 1 || right <= 0 || bottom + window.scrollY <= 0;
    }
    if (tag !== "a" && !(tag === "button" && isHeading)) return false;
    if (!isFaded && style.opacity !== "0") return false;
    if (tag === "button") return true;
    return (isHeading || isBesideHeading(element)) && (getAttribute(element, "href") ?? "").includes("#");
  };

  const isBesideHeading = (element) => {
    const before = previousElement(element);
    const after = before ? null : nextElement(element);
    return headingTags.has(tagName(before ?? after ?? element));
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

  const doctype = doctypeOf(document);
  const html = serialize(document, 0);
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
