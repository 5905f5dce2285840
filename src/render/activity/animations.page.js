/** Tracks whether the page goes on when an animation or a transition has ended, and tells how long those take. */
function trackAnimations(native) {
  const { getAnimations } = Document.prototype;
  const handlers = ["ontransitionend", "onanimationend", "onwebkittransitionend", "onwebkitanimationend"];
  const withHandler = handlers.map((name) => `[${name}]`).join();
  let isAwaited = false;
  const note = () => {
    isAwaited = true;
  };
  for (const owner of [window, Document.prototype, HTMLElement.prototype, SVGElement.prototype]) {
    for (const name of handlers) native.interceptAccess(owner, name, "set", note);
  }
  native.interceptAccess(Animation.prototype, "onfinish", "set", note);
  native.interceptAccess(Animation.prototype, "finished", "get", note);
  return {
    /** To be called with the name of each event that the page listens to. */
    listened: (name) => {
      if (/^(?:webkit)?(?:animation|transition)end$|^finish$/i.test(name)) note();
    },
    /** How long animations and transitions of at most `within` ms still take, in ms, if the page waits for any. */
    msUntilDone: (within) => {
      let wait = 0;
      for (const { playState, effect, currentTime } of native.apply(getAnimations, document, [])) {
        const left = (effect?.getComputedTiming().endTime ?? 0) - (currentTime ?? 0);
        // The event comes with the next frame.
        if (playState === "running" && left <= within) wait = native.max(wait, left + 20);
      }
      return wait > 0 && (isAwaited || document.querySelector(withHandler)) ? wait : 0;
    },
  };
}
