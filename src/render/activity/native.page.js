/** What the other scripts of this folder use of the browser, because the page may replace any of it later. */
function nativeFunctions() {
  const { setTimeout, performance, IntersectionObserver: Observer, document } = window;
  const { observe, disconnect } = Observer.prototype;
  const { apply, construct, defineProperty, getOwnPropertyDescriptor } = Reflect;
  const native = {
    Promise: window.Promise,
    apply,
    construct,
    max: Math.max,
    min: Math.min,
    now: () => performance.now(),
    /** Epoch ms of when the document's load event ended, on the clock of `now()`. In future until then. */
    loadedAt: () => {
      const { loadEventEnd, navigationStart } = performance.timing;
      return (loadEventEnd || Date.now()) - navigationStart;
    },
    later: (callback, ms) => apply(setTimeout, window, [callback, ms]),
    /** Calls back once a frame has been made and all have been told what is in view, or after 50 ms if none is made. */
    afterFrame: (callback) => {
      const observer = new Observer(() => {
        apply(disconnect, observer, []);
        native.later(callback, 0);
      });
      apply(observe, observer, [document.documentElement]);
      native.later(callback, 50);
    },
    listen: EventTarget.prototype.addEventListener,
    /** Replaces a function or class by a Proxy. To the page it looks and behaves as before. */
    intercept: (owner, name, trap) => {
      owner[name] = new Proxy(owner[name], trap);
    },
    /** The same for the getter (`get`) or setter (`set`) of a property, where there is one. */
    interceptAccess: (owner, name, kind, onAccess) => {
      const descriptor = getOwnPropertyDescriptor(owner, name);
      if (!descriptor?.[kind] || !descriptor.configurable) return;
      descriptor[kind] = new Proxy(descriptor[kind], {
        apply(target, self, args) {
          onAccess(self, args);
          return apply(target, self, args);
        },
      });
      defineProperty(owner, name, descriptor);
    },
  };
  return native;
}
