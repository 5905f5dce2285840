/**
 * Tracks what the page has arranged to happen: timers, animation frames, idle callbacks, tasks, answers of workers.
 *
 * Most loops never end and change nothing. So what follows from many callbacks in a row, and every tick of an interval,
 * counts as repeated, and is waited for less long than the rest.
 */
function trackPending(native) {
  const { now } = native;
  /** So many callbacks in a row do not count as repeated yet. Frames and idle callbacks take some 16 ms each. */
  const MAX_DEPTH = 3;
  const MAX_FRAMES = 75;
  const MAX_IDLE = 30;
  /** ms that a callback may be overdue. In a busy page they are late; in one that is not painted, frames never come. */
  const MAX_LATE_MS = 1000;
  /** A callback that comes after so many others in a row is part of a loop, which may well go on forever. */
  const MAX_ROUNDS = 40;
  /** What is about to happen. By a timer's id, a frame's or idle callback's name, or a worker. */
  const due = new Map();
  let depth = 0;
  let lastOnceAt = 0;
  // Reactions to promises that a callback settles run before the next task, and what they arrange is nested in that
  // callback. A message arrives right after them. A timer of 0 ms would fire too late, after timers of the page.
  const { port1: afterPromises, port2: ended } = new MessageChannel();
  const { postMessage } = MessagePort.prototype;
  ended.onmessage = () => {
    depth = 0;
  };
  const enter = (level) => {
    depth = level;
    native.apply(postMessage, afterPromises, [0]);
  };
  const expectAt = (key, at, level, isRepeated) => due.set(key, { at, since: now(), level, isRepeated });
  const amount = (ms) => native.max(0, +ms || 0);

  /** Intercepts a function that calls its first argument once. `keyOf` makes a key of what it returns. */
  const interceptOnce = (owner, name, maxDepth, keyOf, delayOf) => {
    if (!owner?.[name]) return;
    native.intercept(owner, name, {
      apply(target, self, args) {
        const callback = args[0];
        if (typeof callback !== "function") return native.apply(target, self, args);
        const level = depth + 1;
        let key;
        args[0] = function (...given) {
          due.delete(key);
          if (level <= maxDepth) lastOnceAt = now();
          enter(level);
          return native.apply(callback, this, given);
        };
        const returned = native.apply(target, self, args);
        key = keyOf(returned);
        expectAt(key, now() + delayOf(args), level, level > maxDepth);
        return returned;
      },
    });
  };
  const interceptCancel = (name, keyOf) => {
    native.intercept(window, name, {
      apply(target, self, args) {
        due.delete(keyOf(args[0]));
        return native.apply(target, self, args);
      },
    });
  };
  const itself = (id) => id;
  const frameKey = (id) => `frame ${id}`;
  const idleKey = (id) => `idle ${id}`;
  interceptOnce(window, "setTimeout", MAX_DEPTH, itself, (args) => amount(args[1]));
  interceptOnce(window, "requestAnimationFrame", MAX_FRAMES, frameKey, () => 0);
  interceptOnce(window, "requestIdleCallback", MAX_IDLE, idleKey, () => 0);
  interceptOnce(window.Scheduler?.prototype, "postTask", MAX_DEPTH, itself, (args) => amount(args[1]?.delay));
  // Timeouts and intervals share one sequence of ids, and either function ends both.
  interceptCancel("clearTimeout", itself);
  interceptCancel("clearInterval", itself);
  interceptCancel("cancelAnimationFrame", frameKey);
  interceptCancel("cancelIdleCallback", idleKey);

  let isTicking = false;
  native.intercept(window, "setInterval", {
    apply(target, self, args) {
      const callback = args[0];
      if (typeof callback !== "function") return native.apply(target, self, args);
      const period = amount(args[1]);
      let level = depth;
      args[0] = function (...given) {
        level += 1;
        expectAt(id, now() + period, level, true);
        enter(level);
        isTicking = true;
        try {
          return native.apply(callback, this, given);
        } finally {
          isTicking = false;
        }
      };
      const id = native.apply(target, self, args);
      expectAt(id, now() + period, level, true);
      return id;
    },
  });

  if (window.Worker) {
    const answered = (event) => due.delete(event.currentTarget);
    native.intercept(Worker.prototype, "postMessage", {
      apply(target, self, args) {
        native.apply(target, self, args);
        native.apply(native.listen, self, ["message", answered]);
        expectAt(self, now(), 0, false);
      },
    });
  }

  return {
    isEmpty: () => due.size === 0,
    /** Whether the running code is called over and over: by an interval, or at the end of a long chain. */
    isRepeating: () => isTicking || depth > MAX_DEPTH,
    /** When a callback that is not repeated was last called. */
    lastOnceAt: () => lastOnceAt,
    /**
     * How long to wait for what is due, in ms; 0 if there is nothing. What is due after `within` ms does not count, nor
     * what is repeated and due after `repeatedWithin` ms, nor loops, unless `withLoops`.
     */
    msUntilDone: (within, repeatedWithin, { withLoops = true, maxLate = MAX_LATE_MS } = {}) => {
      let wait = 0;
      for (const { at, level, isRepeated } of due.values()) {
        const left = at - now();
        if (left > (isRepeated ? repeatedWithin : within) || left <= -maxLate) continue;
        if (withLoops || !isRepeated || level <= MAX_ROUNDS) wait = native.max(wait, left + 5, 5);
      }
      return wait;
    },
    /** How long to wait for what intervals and timers in loops do within `within` ms, in ms. */
    msUntilTick: (within) => {
      let wait = 0;
      for (const [key, { at, isRepeated }] of due) {
        const left = at - now();
        // Timers have numbers.
        if (typeof key === "number" && isRepeated && left <= within && left > -within)
          wait = native.max(wait, left + 5, 5);
      }
      return wait;
    },
    /** How long to wait for what has been arranged since `start`, is not repeated, and is due within `within` ms, in ms. */
    msUntilReacted: (start, within) => {
      let wait = 0;
      for (const { at, since, isRepeated } of due.values()) {
        const left = at - now();
        if (since >= start && !isRepeated && left <= within && left > -MAX_LATE_MS)
          wait = native.max(wait, left + 5, 5);
      }
      return wait;
    },
  };
}
