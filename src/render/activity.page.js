// Runs at the start of every document, in the page's own world, before any script of the page. It tracks what may still
// change the page: DOM mutations, timers that have not fired, workers that have not answered, and whatever waits to come
// into view. It also keeps the page from going back to what was in the tab before, and empties it when it is left.
//
// Its functions are called by page-activity.ts, under a key that replaces __KEY__.
(() => {
  // The blank page between two pages needs none of this.
  if (window === window.top && window.location.href === "about:blank") return;
  // The page may replace any of these later.
  const { setTimeout, clearTimeout, requestAnimationFrame, performance, getComputedStyle, document } = window;
  const native = {
    Promise: window.Promise,
    apply: Reflect.apply,
    construct: Reflect.construct,
    max: Math.max,
    min: Math.min,
  };
  const now = () => performance.now();
  const later = (callback, ms) => native.apply(setTimeout, window, [callback, ms]);
  // Replaces a function or class by a Proxy. To the page it looks and behaves as before.
  const intercept = (owner, name, trap) => {
    owner[name] = new Proxy(owner[name], trap);
  };
  // Timers nested deeper than this are taken for a loop and not waited for.
  const MAX_TIMER_DEPTH = 3;
  // A timer overdue by more than this is not waited for.
  const MAX_LATE_MS = 1000;
  // What is about to happen and when: timers by id, workers' answers by worker.
  const due = new Map();
  let depth = 0;
  // Reactions to promises that a timer's callback settles run before the next task, and timers that they set are nested
  // in that timer. A message arrives right after them. A timer of 0 ms would fire too late, after timers of the page.
  const { port1: afterPromises, port2: ended } = new MessageChannel();
  const { postMessage } = MessagePort.prototype;
  ended.onmessage = () => {
    depth = 0;
  };
  let changedAt = now();
  let waitsForView = false;

  new MutationObserver(() => {
    changedAt = now();
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });

  intercept(window, "setTimeout", {
    apply(target, self, [callback, delay, ...rest]) {
      if (typeof callback !== "function") return native.apply(target, self, [callback, delay, ...rest]);
      const level = depth + 1;
      const run = function (...given) {
        due.delete(id);
        depth = level;
        native.apply(postMessage, afterPromises, [0]);
        return native.apply(callback, this, given);
      };
      const id = native.apply(target, self, [run, delay, ...rest]);
      if (level <= MAX_TIMER_DEPTH) due.set(id, now() + native.max(0, +delay || 0));
      return id;
    },
  });
  intercept(window, "clearTimeout", {
    apply(target, self, args) {
      due.delete(args[0]);
      return native.apply(target, self, args);
    },
  });
  if (window.Worker) {
    const listen = EventTarget.prototype.addEventListener;
    const answered = (event) => due.delete(event.currentTarget);
    intercept(Worker.prototype, "postMessage", {
      apply(target, self, args) {
        native.apply(target, self, args);
        native.apply(listen, self, ["message", answered]);
        due.set(self, now());
      },
    });
  }
  intercept(IntersectionObserver.prototype, "observe", {
    apply(target, self, args) {
      waitsForView = true;
      return native.apply(target, self, args);
    },
  });
  intercept(EventTarget.prototype, "addEventListener", {
    apply(target, self, args) {
      if (args[0] === "scroll") waitsForView = true;
      return native.apply(target, self, args);
    },
  });

  // A document may go back to entries that it has added to the history itself, but no further: from the first document,
  // that would lead to what was in the tab before the page.
  const firstEntry = window.navigation?.currentEntry;
  const canGoBack = (steps) => {
    const { navigation } = window;
    const first = navigation?.entries().find(({ key }) => key === firstEntry?.key);
    return steps <= (navigation?.currentEntry?.index ?? 0) - (first?.index ?? 0);
  };
  intercept(History.prototype, "back", {
    apply(target, self, args) {
      if (canGoBack(1)) native.apply(target, self, args);
    },
  });
  intercept(History.prototype, "go", {
    apply(target, self, args) {
      if (canGoBack(-args[0] || 0)) native.apply(target, self, args);
    },
  });
  if (window.navigation) {
    const never = () => ({ committed: new native.Promise(() => {}), finished: new native.Promise(() => {}) });
    intercept(Navigation.prototype, "back", {
      apply(target, self, args) {
        return canGoBack(1) ? native.apply(target, self, args) : never();
      },
    });
    intercept(Navigation.prototype, "traverseTo", {
      apply(target, self, args) {
        const entry = self.entries().find(({ key }) => key === args[0]);
        const isBehind = entry && !canGoBack(self.currentEntry.index - entry.index);
        return isBehind ? never() : native.apply(target, self, args);
      },
    });
  }

  // Objects that go on working, or receiving messages, while the page's scripts are disabled.
  let hasCompany = false;
  for (const name of [
    "Worker",
    "SharedWorker",
    "EventSource",
    "WebSocket",
    "WebTransport",
    "RTCPeerConnection",
  ]) {
    if (!window[name]) continue;
    intercept(window, name, {
      construct(target, args, newTarget) {
        hasCompany = true;
        return native.construct(target, args, newTarget);
      },
    });
    // Some pages check an object's class by its constructor.
    window[name].prototype.constructor = window[name];
  }

  // In a person's browser, scripts cannot close a window that the person has opened.
  if (window === window.top) intercept(window, "close", { apply() {} });

  // Empties the page and returns whether nothing of it goes on after that. Its scripts have been disabled by now, but will
  // be enabled again for a moment when the next document takes its place.
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie").get;
  const { open } = Document.prototype;
  const { replaceState } = History.prototype;
  const leave = () => {
    window.name = "";
    // Cookies that the page has just set may still be on their way to the browser. Reading cookies takes the same way, so
    // once this returns, they have arrived.
    native.apply(cookie, document, []);
    if (hasCompany || window.length > 0 || document.querySelector("meta[http-equiv=refresh i]")) return false;
    // Timeouts and intervals share one sequence of ids.
    for (let id = later(() => {}, 0); id > 0; id -= 1) native.apply(clearTimeout, window, [id]);
    // The next page must be loaded even if its address differs from this one's by its fragment at most.
    const address = "/__KEY__";
    native.apply(replaceState, window.history, [null, "", address]);
    // Removes all nodes and event listeners.
    native.apply(open, document, []);
    return window.location.pathname === address;
  };

  // The element that scrolls the page: the document's own, or in an application that fills the screen, the one in the
  // middle of the screen.
  const scroller = () => {
    const root = document.scrollingElement;
    if (root && root.scrollHeight > root.clientHeight + 1) return root;
    const { innerWidth, innerHeight } = window;
    for (
      let area = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
      area;
      area = area.parentElement
    ) {
      if (area.scrollHeight <= area.clientHeight + 1) continue;
      const { overflowY } = native.apply(getComputedStyle, window, [area]);
      if (overflowY === "auto" || overflowY === "scroll") return area;
    }
    return null;
  };

  // Resolves when the DOM has not changed for quietMs and nothing is due within horizonMs after load, or when the DOM has
  // kept changing for patienceMs (isRestless). isStill: the page has no scripts, so nothing in it can act any more.
  const quiet = (quietMs, horizonMs, patienceMs) =>
    new native.Promise((resolve) => {
      const startedAt = now();
      const check = () => {
        const isStill = document.scripts.length === 0 && due.size === 0;
        const isRestless = now() - startedAt >= patienceMs;
        let wait = isStill || isRestless ? 0 : changedAt + quietMs - now();
        const horizon =
          (performance.timing.loadEventEnd || Date.now()) - performance.timing.navigationStart + horizonMs;
        for (const dueAt of due.values()) {
          // Timers of a busy page fire late.
          if (dueAt <= horizon && now() < dueAt + MAX_LATE_MS) wait = native.max(wait, dueAt + 5 - now(), 5);
        }
        if (wait > 0) later(check, native.min(wait, 50));
        else resolve({ isStill, isRestless, canScroll: !isStill && waitsForView && scroller() !== null });
      };
      check();
    });

  // Scrolls down by one screen per frame until the end of the page, or by maxScreens. Returns false if it was at the end
  // already, and scrolls back to the top then.
  const scroll = (maxScreens) =>
    new native.Promise((resolve) => {
      const area = scroller();
      const goTo = (top) => {
        area.scrollTo({ top, behavior: "instant" });
        // Whatever has come into view must have time to request more.
        changedAt = now();
      };
      let screens = 0;
      const step = () => {
        const before = area.scrollTop;
        if (screens < maxScreens) goTo(before + area.clientHeight * 0.9);
        if (screens >= maxScreens || area.scrollTop <= before) {
          if (screens === 0) goTo(0);
          resolve(screens > 0);
          return;
        }
        screens += 1;
        afterFrame(step);
      };
      if (area) step();
      else resolve(false);
    });

  // A page that is not painted gets no animation frames.
  const afterFrame = (callback) => {
    let isDone = false;
    const once = () => {
      if (!isDone) callback();
      isDone = true;
    };
    native.apply(requestAnimationFrame, window, [once]);
    later(once, 50);
  };

  Object.defineProperty(window, Symbol.for("__KEY__"), {
    value: Object.freeze({ quiet, scroll, leave }),
  });
})();
