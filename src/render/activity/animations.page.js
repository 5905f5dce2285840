/** Tracks whether the page goes on with an animation or a transition, such as when it has ended, and how long those take. */
function trackAnimations(native) {
  const { getAnimations } = Document.prototype;
  const handlers = [
    "ontransitionend",
    "onanimationstart",
    "onanimationiteration",
    "onanimationend",
    "onwebkittransitionend",
    "onwebkitanimationend",
  ];
  const withHandler = handlers.map((name) => `[${name}]`).join();
  /** ms until the next frame at most, which brings the event. */
  const FRAME_MS = 100;
  let busyUntil = 0;
  let isAwaited = false;
  const note = () => {
    isAwaited = true;
  };
  for (const owner of [window, Document.prototype, HTMLElement.prototype, SVGElement.prototype]) {
    for (const name of handlers) native.interceptAccess(owner, name, "set", note);
  }
  native.interceptAccess(Animation.prototype, "onfinish", "set", note);
  native.interceptAccess(Animation.prototype, "finished", "get", note);
  const hasHandler = () => document.querySelector(withHandler) !== null;
  return {
    hasHandler,
    /** To be called with the name of each event that the page listens to. */
    listened: (name) => {
      if (/^(?:webkit)?(?:animation(?:start|iteration|end)|transitionend)$|^finish$/i.test(name)) note();
    },
    /** How long animations and transitions of at most `within` ms still take, in ms, if the page waits for any. */
    msUntilDone: (within) => {
      const { now } = native;
      for (const { playState, effect, currentTime } of native.apply(getAnimations, document, [])) {
        const left = (effect?.getComputedTiming().endTime ?? 0) - (currentTime ?? 0);
        if (playState === "running" && left <= within)
          busyUntil = native.max(busyUntil, now() + left + FRAME_MS);
      }
      const isBusy = busyUntil > now() && (isAwaited || hasHandler());
      return isBusy ? busyUntil - now() : 0;
    },
  };
}
