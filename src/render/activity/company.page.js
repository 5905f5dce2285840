/** Tracks objects that bring content from elsewhere, or go on working while the page's scripts are disabled. */
function trackCompany(native) {
  const { now } = native;
  /** Connections that may still bring messages. */
  const streams = new Set();
  let heardAt = 0;
  let hasAny = false;
  const follow = (stream) => {
    streams.add(stream);
    const on = (name, listener) => native.apply(native.listen, stream, [name, listener]);
    on("message", () => {
      heardAt = now();
    });
    for (const end of ["close", "error"]) on(end, () => streams.delete(stream));
  };
  for (const name of [
    "Worker",
    "SharedWorker",
    "EventSource",
    "WebSocket",
    "WebTransport",
    "RTCPeerConnection",
  ]) {
    if (!window[name]) continue;
    const isStream = name === "EventSource" || name === "WebSocket";
    native.intercept(window, name, {
      construct(target, args, newTarget) {
        hasAny = true;
        const made = native.construct(target, args, newTarget);
        if (isStream) follow(made);
        return made;
      },
    });
    // Some pages check an object's class by its constructor.
    window[name].prototype.constructor = window[name];
  }
  return {
    hasAny: () => hasAny,
    hasStream: () => streams.size > 0,
    /** No connection has brought anything yet. */
    isSilent: () => heardAt === 0,
    /** When the last message came; 0 if none has. */
    heardAt: () => heardAt,
  };
}
