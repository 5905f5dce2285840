/** Tracks what waits for a reader to scroll, and scrolls for it. */
function trackScrolling(native, pending, changes) {
  const { requestAnimationFrame, getComputedStyle, document } = window;
  const { now } = native;
  /** Smaller areas are not what the page is about, in CSS pixels. */
  const MIN_PANE = 150;
  const MAX_PANES = 4;
  /** Listeners that look at the page at most this often, in ms, see each screen. */
  const THROTTLE_MS = 160;
  /** After this many screens on which nothing happened, scrolling no longer waits for them, */
  const CALM_SCREENS = 2;
  /** nor after this many ms in one document. */
  const MAX_SLOW_MS = 3000;
  let slowLeft = MAX_SLOW_MS;
  let isAwaited = false;
  let isPolled = false;
  /** Targets whose listeners or handlers for scrolling are called. */
  const heard = new WeakSet();
  const scrollEvent = /^scroll(?:end)?$/;

  const note = (self) => {
    isAwaited = true;
    heard.add(self ?? window);
  };
  for (const owner of [window, Document.prototype, HTMLElement.prototype, HTMLBodyElement.prototype]) {
    for (const name of ["onscroll", "onscrollend"]) native.interceptAccess(owner, name, "set", note);
  }
  native.intercept(IntersectionObserver.prototype, "observe", {
    apply(target, self, args) {
      isAwaited = true;
      return native.apply(target, self, args);
    },
  });
  // Some pages look where they are time and again, instead of listening.
  const notePolling = () => {
    if (pending.isRepeating()) isPolled = true;
  };
  for (const name of ["scrollY", "pageYOffset"]) native.interceptAccess(window, name, "get", notePolling);
  native.interceptAccess(Element.prototype, "scrollTop", "get", notePolling);
  native.intercept(Element.prototype, "getBoundingClientRect", {
    apply(target, self, args) {
      notePolling();
      return native.apply(target, self, args);
    },
  });

  const canMove = (area) => area.scrollHeight > area.clientHeight + 1;
  const isPane = (element) => {
    if (element.clientHeight < MIN_PANE || element.clientWidth < MIN_PANE || !canMove(element)) return false;
    const { overflowY } = native.apply(getComputedStyle, window, [element]);
    return overflowY === "auto" || overflowY === "scroll";
  };
  /** The elements at a point, from the innermost to the outermost. */
  const elementsAt = (x, y) => {
    const found = [];
    let element = document.elementFromPoint(x, y);
    while (element?.shadowRoot instanceof ShadowRoot) {
      const inner = element.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === element) break;
      element = inner;
    }
    for (; element; element = element.parentElement ?? element.getRootNode().host) found.push(element);
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
    const isRoot = area === document.scrollingElement;
    return heard.has(window) || heard.has(document) || (isRoot && document.body?.hasAttribute("onscroll"));
  };
  const pause = (ms) => new native.Promise((resolve) => native.later(resolve, ms));
  // A page that is not painted gets no animation frames.
  const nextFrame = () =>
    new native.Promise((resolve) => {
      native.apply(requestAnimationFrame, window, [resolve]);
      native.later(resolve, 50);
    });

  /** Scrolls an area down by one screen at a time. Returns whether it was not yet at its end. */
  const scrollDown = async (area, maxScreens) => {
    const isSlow = isHeard(area);
    let calm = 0;
    let mayReturn = isSlow;
    for (let screens = 0; screens < maxScreens; screens += 1) {
      const before = area.scrollTop;
      const start = now();
      goTo(area, before + area.clientHeight * 0.9);
      if (area.scrollTop <= before) return screens > 0;
      await nextFrame();
      const rest = native.max(
        isSlow && calm < CALM_SCREENS ? THROTTLE_MS - (now() - start) : 0,
        pending.msUntilReacted(start, THROTTLE_MS),
      );
      if (rest > 0 && slowLeft > 0) await pause(rest);
      slowLeft -= now() - start;
      const isCalm = changes.changedAt <= start;
      if (isCalm) calm += 1;
      else if (calm < CALM_SCREENS || !mayReturn) calm = native.min(0, calm);
      else {
        // The page has noticed this although it was passed quickly. What was passed before gets another chance.
        goTo(area, native.max(0, area.scrollTop - calm * area.clientHeight));
        calm = -calm;
        mayReturn = false;
      }
    }
    return true;
  };
  const goTo = (area, top) => area.scrollTo({ top, behavior: "instant" });

  return {
    /** To be called with the name of each event that the page listens to, and the target. */
    listened: (name, target) => {
      if (scrollEvent.test(name)) note(target);
    },
    canScroll: () =>
      (isAwaited || isPolled || document.querySelector("[onscroll]") !== null) && areas().length > 0,
    /**
     * Scrolls to the end of everything that scrolls, by maxScreens at most. Returns false if all was at the end already,
     * and scrolls back to the top then.
     */
    scroll: async (maxScreens) => {
      let hasMoved = false;
      const found = areas();
      for (const area of found) hasMoved = (await scrollDown(area, maxScreens)) || hasMoved;
      if (!hasMoved) for (const area of found) goTo(area, 0);
      // Whatever has come into view must have time to request more.
      changes.changedAt = now();
      return hasMoved;
    },
  };
}
