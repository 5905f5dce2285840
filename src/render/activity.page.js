// Runs at the start of every document, in the page's own world, before any script of the page. It watches what may
// still change the page: DOM mutations, and timers that were set and have not fired. settle.ts asks it, by the key that
// is put in for __KEY__, when the page has gone quiet.
(() => {
  const native = {
    setTimeout: window.setTimeout,
    clearTimeout: window.clearTimeout,
    now: () => performance.now(),
  };
  // A timer that was set by a timer that was set by a timer is a loop and not the page's making.
  const MAX_TIMER_DEPTH = 3;
  const timers = new Map();
  let depth = 0;
  let changedAt = native.now();

  new MutationObserver(() => {
    changedAt = native.now();
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });

  window.setTimeout = new Proxy(native.setTimeout, {
    apply(target, self, [callback, delay, ...rest]) {
      if (typeof callback !== "function") return Reflect.apply(target, self, [callback, delay, ...rest]);
      const level = depth + 1;
      const run = function (...given) {
        timers.delete(id);
        const outer = depth;
        depth = level;
        // Promises that this callback settles run before the next task, and what they set belongs to it.
        native.setTimeout.call(window, () => {
          depth = outer;
        });
        return Reflect.apply(callback, this, given);
      };
      const id = Reflect.apply(target, self, [run, delay, ...rest]);
      if (level <= MAX_TIMER_DEPTH) timers.set(id, native.now() + Math.max(0, Number(delay) || 0));
      return id;
    },
  });
  window.clearTimeout = new Proxy(native.clearTimeout, {
    apply(target, self, args) {
      timers.delete(args[0]);
      return Reflect.apply(target, self, args);
    },
  });

  // Resolves when the DOM has not changed for quietMs and no timer is due within horizonMs after load. True means that
  // nothing in the page can act any more: it has no scripts.
  const quiet = (quietMs, horizonMs) =>
    new Promise((resolve) => {
      const look = () => {
        const now = native.now();
        const isStill = document.scripts.length === 0 && timers.size === 0;
        let wait = isStill ? 0 : changedAt + quietMs - now;
        const horizon =
          (performance.timing.loadEventEnd || Date.now()) - performance.timing.navigationStart + horizonMs;
        for (const dueAt of timers.values()) if (dueAt <= horizon) wait = Math.max(wait, dueAt + 5 - now);
        if (wait <= 0) resolve(isStill);
        else native.setTimeout.call(window, look, Math.min(wait, 50));
      };
      look();
    });
  Object.defineProperty(window, Symbol.for("__KEY__"), { value: quiet });
})();
