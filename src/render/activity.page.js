// Runs at the start of every document, in the page's own world, before any script of the page. It watches what may
// still change the page: DOM mutations, timers that were set and have not fired, workers that have not answered, and
// what waits to come into view. settle.ts asks it, by the key that is put in for __KEY__, whether the page has gone
// quiet, and to scroll through it; tab.ts tells it that the page is left.
(() => {
  // Between two pages the tab is blank.
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
  // Puts a trap before what `owner` has by that name: see Proxy. What the page finds looks and is called as before.
  const intercept = (owner, name, trap) => {
    owner[name] = new Proxy(owner[name], trap);
  };
  // A timer that was set by a timer that was set by a timer is a loop and not the page's making.
  const MAX_TIMER_DEPTH = 3;
  const MAX_LATE_MS = 1000;
  // What is about to happen and when: timers by their number, answers of workers by the worker.
  const due = new Map();
  let depth = 0;
  // Promises that a timer's callback settles run before the next task, and what they set belongs to it. A message comes
  // right after them: a timer of 0 ms would come later than others, being set by one.
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

  // A document goes back to what it has put into the history itself, and to nothing before: the first one would come to
  // what was in the tab before the page.
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

  // What goes on, or is told things, without the page's scripts.
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
    // Some tell by it what an object is.
    window[name].prototype.constructor = window[name];
  }

  // Nobody closes a window that a person has opened but that person.
  if (window === window.top) intercept(window, "close", { apply() {} });

  // The page is left: its scripts have been switched off, and will be on again for the moment in which the next document
  // takes its place. Empties the page, and answers whether nothing of it goes on then.
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie").get;
  const { open } = Document.prototype;
  const { replaceState } = History.prototype;
  const leave = () => {
    window.name = "";
    // What it has set last may be on its way still: cookies are read on that same way, after them.
    native.apply(cookie, document, []);
    if (hasCompany || window.length > 0 || document.querySelector("meta[http-equiv=refresh i]")) return false;
    // Numbers are given to timeouts and intervals alike, one after another.
    for (let id = later(() => {}, 0); id > 0; id -= 1) native.apply(clearTimeout, window, [id]);
    // The next page may have this one's address, but for its fragment, and has to be loaded all the same.
    const address = "/__KEY__";
    native.apply(replaceState, window.history, [null, "", address]);
    // With all that is in the document goes all that listens in it.
    native.apply(open, document, []);
    return window.location.pathname === address;
  };

  // What scrolls the page: the document itself, or what stands in its middle in an application that fills the screen.
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

  // Resolves when the DOM has not changed for quietMs, or has not stood still for patienceMs, and nothing is due within
  // horizonMs after load. isStill: nothing in the page can act any more, for it has no scripts.
  const quiet = (quietMs, horizonMs, patienceMs) =>
    new native.Promise((resolve) => {
      const startedAt = now();
      const look = () => {
        const isStill = document.scripts.length === 0 && due.size === 0;
        const isRestless = now() - startedAt >= patienceMs;
        let wait = isStill || isRestless ? 0 : changedAt + quietMs - now();
        const horizon =
          (performance.timing.loadEventEnd || Date.now()) - performance.timing.navigationStart + horizonMs;
        for (const dueAt of due.values()) {
          // A busy page is late: a timer that is due and has not fired is about to.
          if (dueAt <= horizon && now() < dueAt + MAX_LATE_MS) wait = native.max(wait, dueAt + 5 - now(), 5);
        }
        if (wait > 0) later(look, native.min(wait, 50));
        else resolve({ isStill, isRestless, canScroll: !isStill && waitsForView && scroller() !== null });
      };
      look();
    });

  // Scrolls down a screen a frame, as far as the page goes or for maxScreens, and answers whether it had to. When there
  // is no further down, it goes back to the top.
  const scroll = (maxScreens) =>
    new native.Promise((resolve) => {
      const area = scroller();
      const goTo = (top) => {
        area.scrollTo({ top, behavior: "instant" });
        // What has come into view must have had time to ask for more.
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

  // A page that is not drawn has no frames.
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
