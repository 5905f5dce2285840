/** Tracks what the page waits for somebody to scroll: the document, panes in it, and elements that come into view. */
function trackScrollAreas(native, pending) {
  const { getComputedStyle, document } = window;
  /** Smaller areas are not what the page is about, in CSS pixels. */
  const MIN_PANE = 150;
  const MAX_PANES = 4;
  /** An observer of more elements than this follows where the reader is, and each of them is not worth a stop. */
  const MAX_TARGETS = 12;
  const scrollEvent = /^scroll(?:end)?$/;

  let isPolled = false;
  let isScrolled = false;
  /** Targets whose listeners or handlers for scrolling are called, and those that hear of the elements in them, too. */
  const heard = new WeakSet();
  const heardWithin = new WeakSet();
  /** Elements that are waited for until they come into view, by their observers. */
  const observed = new Map();
  /** Areas in which scrolling brings nothing. */
  const useless = new WeakSet();

  const note = (self) => heard.add(self ?? window);
  // The body's handlers are those of the window.
  const noteHandler = (self) => note(self instanceof HTMLBodyElement ? window : self);
  for (const owner of [window, Document.prototype, HTMLElement.prototype, HTMLBodyElement.prototype]) {
    for (const name of ["onscroll", "onscrollend"]) native.interceptAccess(owner, name, "set", noteHandler);
  }
  const interceptObserver = (name, onCall) => {
    native.intercept(IntersectionObserver.prototype, name, {
      apply(target, self, args) {
        const result = native.apply(target, self, args);
        onCall(self, args[0]);
        return result;
      },
    });
  };
  interceptObserver("observe", (observer, element) => {
    if (observed.has(observer)) observed.get(observer).add(element);
    else observed.set(observer, new Set([element]));
  });
  interceptObserver("unobserve", (observer, element) => observed.get(observer)?.delete(element));
  interceptObserver("disconnect", (observer) => observed.delete(observer));
  // Some pages look where they are time and again, instead of listening. Those that listen do so once they are scrolled.
  const notePolling = () => {
    if (!isScrolled && pending.isRepeating()) isPolled = true;
  };
  for (const name of ["scrollY", "pageYOffset"]) native.interceptAccess(window, name, "get", notePolling);
  native.interceptAccess(Element.prototype, "scrollTop", "get", notePolling);
  native.intercept(Element.prototype, "getBoundingClientRect", {
    apply(target, self, args) {
      notePolling();
      return native.apply(target, self, args);
    },
  });

  const isRoot = (area) => area === document.scrollingElement;
  const canMove = (area) => area.scrollHeight > area.clientHeight + 1;
  const isPane = (element) => {
    if (element.clientHeight < MIN_PANE || element.clientWidth < MIN_PANE || !canMove(element)) return false;
    const { overflowY } = native.apply(getComputedStyle, window, [element]);
    return overflowY === "auto" || overflowY === "scroll";
  };
  /** The node around a node, across the borders of shadow trees. */
  const around = (node) => node.parentNode ?? node.host;
  /** The elements at a point, from the innermost to the outermost. */
  const elementsAt = (x, y) => {
    const found = [];
    let element = document.elementFromPoint(x, y);
    while (element?.shadowRoot instanceof ShadowRoot) {
      const inner = element.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === element) break;
      element = inner;
    }
    for (; element; element = around(element)) if (element instanceof Element) found.push(element);
    return found;
  };
  /** What scrolls: the document, and the largest panes on the screen. */
  const areas = () => {
    const root = document.scrollingElement;
    const panes = new Set();
    const { innerWidth, innerHeight } = window;
    for (const x of [0.5, 0.08, 0.25, 0.75, 0.92]) {
      for (const y of [0.5, 0.2, 0.8]) {
        for (const element of elementsAt(innerWidth * x, innerHeight * y))
          if (element !== root && !panes.has(element) && isPane(element)) panes.add(element);
      }
    }
    const size = ({ clientWidth, clientHeight }) => clientWidth * clientHeight;
    const largest = [...panes].sort((one, other) => size(other) - size(one)).slice(0, MAX_PANES);
    return root && canMove(root) ? [root, ...largest] : largest;
  };

  const isHeard = (area) => {
    if (isPolled || heard.has(area) || area.hasAttribute("onscroll")) return true;
    if (isRoot(area))
      return (
        [window, document, document.body].some((target) => heard.has(target)) ||
        document.body?.hasAttribute("onscroll") === true
      );
    for (let node = area; node; node = around(node)) if (heardWithin.has(node)) return true;
    return heardWithin.has(window);
  };
  const isWithin = (area, element) => isRoot(area) || area.contains(element);
  const isBelow = (element) =>
    element.isConnected && element.getBoundingClientRect().bottom > window.innerHeight;
  const frames = () => document.querySelectorAll("iframe[loading=lazy i]");
  const isAwaited = (area) => {
    if (isHeard(area)) return true;
    for (const targets of [...observed.values(), frames()])
      for (const element of targets) if (isWithin(area, element) && isBelow(element)) return true;
    return false;
  };

  return {
    /** To be called with what addEventListener is given, and the target. */
    listened: ([name, , options], target = window) => {
      if (!scrollEvent.test(name)) return;
      note(target);
      if (options === true || options?.capture) heardWithin.add(target);
    },
    isHeard,
    /** Frames that are loaded once they come near. */
    hasLazyFrames: () => frames().length > 0,
    /** The areas that are worth scrolling. */
    awaited: () => areas().filter((area) => !useless.has(area) && isAwaited(area)),
    /** To be called before anything is scrolled. */
    noteScrolling: () => {
      isScrolled = true;
    },
    setUseless: (area) => useless.add(area),
    /** How far to scroll from here until the next element comes to the middle that the page waits for; Infinity if none. */
    nextTarget: (area) => {
      const bottom = isRoot(area) ? window.innerHeight : area.getBoundingClientRect().bottom;
      let least = Infinity;
      for (const targets of [...observed.values(), frames()]) {
        if (targets.size > MAX_TARGETS) continue;
        for (const element of targets) {
          if (!element.isConnected || !isWithin(area, element)) continue;
          const { top } = element.getBoundingClientRect();
          if (top >= bottom) least = native.min(least, top - bottom + area.clientHeight / 2);
        }
      }
      return least;
    },
  };
}
