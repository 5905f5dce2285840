/** Returns a function that empties the page and returns whether nothing of it goes on after that. */
function leaving(native, company, key) {
  const { clearTimeout, document } = window;
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie").get;
  const { open, querySelector } = Document.prototype;
  const { set: setName } = Object.getOwnPropertyDescriptor(window, "name");
  const { get: frameCount } = Object.getOwnPropertyDescriptor(window, "length");
  const { replaceState } = History.prototype;
  // The page's scripts have been disabled by now, but will be enabled again for a moment when the next document takes its
  // place.
  return () => {
    native.apply(setName, window, [""]);
    // Cookies that the page has just set may still be on their way to the browser. Reading cookies takes the same way, so
    // once this returns, they have arrived.
    native.apply(cookie, document, []);
    if (company.hasAny() || native.apply(frameCount, window, []) > 0) return false;
    if (native.apply(querySelector, document, ["meta[http-equiv=refresh i]"])) return false;
    // Timeouts and intervals share one sequence of ids.
    for (let id = native.later(() => {}, 0); id > 0; id -= 1) native.apply(clearTimeout, window, [id]);
    // The next page must be loaded even if its address differs from this one's by its fragment at most.
    const address = `/${key}`;
    native.apply(replaceState, window.history, [null, "", address]);
    // Removes all nodes and event listeners.
    native.apply(open, document, []);
    return window.location.pathname === address;
  };
}
