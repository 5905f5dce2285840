/**
 * Runs at the start of every document, in the page's own world, before any script of the page. It tracks what may still
 * change the page, and offers functions to page-activity.ts as a property of the window, which the page can find, but
 * neither replace nor change.
 */
function trackActivity(key) {
  // The blank page between two pages needs none of this.
  if (window === window.top && window.location.href === "about:blank") return;
  const native = nativeFunctions();
  const { document } = window;
  const { now, max, min } = native;
  /** Times in ms after the page has loaded, or has got its last slow answer. Timers are waited for until then, */
  const TIMERS_MS = 2500;
  /** and what is repeated until then, or as long after the page last grew, */
  const REPEATED_MS = 1200;
  /** or if the page shows its content already, only until then, or as long after the last callback that is not repeated, */
  const REPEATED_IF_FULL_MS = 400;
  /** but no longer than this. */
  const GROWING_MS = 4000;
  /** A page that does not show its content yet is waited for until then while something may still bring it, */
  const UNFINISHED_MS = 4000;
  /** or until then while it has a connection that may bring it. */
  const CONNECTED_MS = 6000;
  /** One that shows some of it is waited for until then if its connection has not brought anything. */
  const SILENT_MS = 2000;
  /** Messages that follow each other within this many ms belong together. */
  const MESSAGES_MS = 500;
  /** Loops are not waited for once the page has not changed for so long, in ms. */
  const UNCHANGED_MS = 300;
  /** If nothing that could bring the content is known, the page is looked at for this long, in ms. */
  const SECOND_LOOK_MS = 1000;
  /** A check that comes so much too late, in ms, was held up, and so was whatever else was about to happen. */
  const HELD_UP_MS = 100;

  const changes = trackChanges(native);
  const pending = trackPending(native);
  const company = trackCompany(native);
  const animations = trackAnimations(native);
  const scrollAreas = trackScrollAreas(native, pending);
  const { canScroll, scroll, msUntilReacted } = scrollerOf(native, pending, changes, scrollAreas);
  const appearance = readerOf(native);
  native.intercept(EventTarget.prototype, "addEventListener", {
    apply(target, self, args) {
      scrollAreas.listened(args, self);
      animations.listened(args[0]);
      return native.apply(target, self, args);
    },
  });
  guardHistory(native);
  // In a person's browser, scripts cannot close a window that the person has opened.
  if (window === window.top) native.intercept(window, "close", { apply() {} });

  /** This script in the frames whose documents the page can read. */
  const inFrames = () => {
    const found = [];
    for (let n = 0; n < window.length; n += 1) {
      try {
        const inner = window[n][key];
        if (inner) found.push(inner);
      } catch {
        // The frame is another site's.
      }
    }
    return found;
  };
  // The clocks of frames differ, so all that frames tell each other is in ms from now.
  /** How long ago the page has changed, has grown, and has got a callback that is not repeated, in ms. */
  const sinceLast = () =>
    inFrames().reduce(
      (least, inner) => {
        const { changed, grown, called } = inner.sinceLast();
        return {
          changed: min(least.changed, changed),
          grown: min(least.grown, grown),
          called: min(least.called, called),
        };
      },
      {
        changed: now() - changes.changedAt,
        grown: now() - changes.grownAt,
        called: now() - pending.lastOnceAt(),
      },
    );
  const msUntilDone = (...limits) =>
    inFrames().reduce(
      (most, inner) => max(most, inner.msUntilDone(...limits)),
      pending.msUntilDone(...limits),
    );
  /** Nothing in the page can act any more. */
  const isStill = () =>
    document.scripts.length === 0 &&
    !scrollAreas.hasLazyFrames() &&
    pending.isEmpty() &&
    !company.hasStream() &&
    !animations.hasHandler() &&
    inFrames().every((inner) => inner.isStill());
  /** What connections have brought so far. `sinceHeard`: how long ago the last message came, in ms. */
  const heard = () =>
    inFrames().reduce(
      (all, inner) => {
        const { hasStream, isSilent, sinceHeard } = inner.heard();
        return {
          hasStream: all.hasStream || hasStream,
          isSilent: all.isSilent && isSilent,
          sinceHeard: min(all.sinceHeard, sinceHeard),
        };
      },
      {
        hasStream: company.hasStream(),
        isSilent: company.isSilent(),
        sinceHeard: now() - company.heardAt(),
      },
    );
  const canScrollAny = () => canScroll() || inFrames().some((inner) => inner.canScroll());
  const scrollAll = async (maxSteps) => {
    let hasMoved = await scroll(maxSteps);
    for (const inner of inFrames())
      if (inner.canScroll()) hasMoved = (await inner.scroll(maxSteps)) || hasMoved;
    return hasMoved;
  };

  /** How much longer connections are waited for that may bring the content, in ms. */
  const msUntilHeard = (look, until) => {
    if (look.isFull) return 0;
    const { hasStream, isSilent, sinceHeard } = heard();
    if (!hasStream) return 0;
    if (look.isAnnounced) return until(CONNECTED_MS);
    if (look.isNearlyEmpty)
      return min(until(CONNECTED_MS), isSilent ? CONNECTED_MS : SECOND_LOOK_MS - sinceHeard);
    return isSilent ? until(SILENT_MS) : min(until(UNFINISHED_MS), MESSAGES_MS - sinceHeard);
  };
  /** How much longer to wait, in ms, for a page in which nothing else is to be waited for. */
  const msUntilFinished = (look, start, changed) => {
    const until = (ms) => start + ms - now();
    const wait = msUntilHeard(look, until);
    if (wait > 0 || !(look.isAnnounced || look.isNearlyEmpty)) return wait;
    const left = until(look.isFull ? TIMERS_MS : UNFINISHED_MS);
    const isLacking = look.isSuspicious || look.isAnnounced;
    const more = msUntilDone(left, isLacking ? left : -Infinity, { maxLate: UNFINISHED_MS });
    if (more > 0) return more;
    const needsSecondLook = look.isSuspicious || (look.isAnnounced && !look.isFull);
    return needsSecondLook ? min(left, max(SECOND_LOOK_MS - changed, until(SECOND_LOOK_MS))) : 0;
  };

  /** How long to wait for what is repeated, in ms. */
  const msUntilRepeated = (start, { changed, grown, called }) => {
    const since = now() - start;
    const left = (limit) => min(limit, GROWING_MS - since);
    const loops = { withLoops: changed < UNCHANGED_MS };
    const wait = msUntilDone(-Infinity, left(REPEATED_MS - min(since, grown)), loops);
    if (wait <= 0) return 0;
    const ifFull = min(REPEATED_IF_FULL_MS - min(since, grown, called), REPEATED_MS - min(since, grown));
    const soon = msUntilDone(-Infinity, left(ifFull), loops);
    if (soon > 0) return soon;
    const { isFull, isAnnounced } = appearance();
    return isFull && !isAnnounced ? 0 : wait;
  };

  /**
   * Resolves when the DOM has not changed for quietMs and nothing is due soon, or when the DOM has kept changing for
   * patienceMs without growing (isRestless). answeredMsAgo: how long ago the last slow answer of a server has come.
   */
  const quiet = (quietMs, patienceMs, answeredMsAgo) =>
    new native.Promise((resolve) => {
      const startedAt = now();
      const answeredAt = startedAt - answeredMsAgo;
      let dueAt = startedAt;
      let wasHeldUp = false;
      const checkIn = (ms) => {
        dueAt = now() + ms;
        native.later(check, ms);
      };
      const check = () => {
        // Events that have come meanwhile wait for their turn. A page that is always busy is not given time again and again.
        wasHeldUp = !wasHeldUp && now() - dueAt > HELD_UP_MS;
        if (wasHeldUp) return checkIn(quietMs);
        const start = max(native.loadedAt(), answeredAt);
        const last = sinceLast();
        const { changed } = last;
        const hasGrown = last.grown < REPEATED_IF_FULL_MS && now() - start < GROWING_MS;
        const isRestless = changed < quietMs && now() - startedAt >= patienceMs && !hasGrown;
        const timersWithin = start + TIMERS_MS - now();
        const hasEnded = isStill();
        let wait = max(msUntilDone(timersWithin, -Infinity), msUntilReacted());
        let look;
        if (!hasEnded) {
          if (!isRestless) wait = max(wait, quietMs - changed);
          if (wait <= 0 && !isRestless) wait = msUntilRepeated(start, last);
          if (wait <= 0) wait = animations.msUntilDone(timersWithin);
          if (wait <= 0) {
            look = appearance();
            if (!isRestless || look.isAnnounced) wait = msUntilFinished(look, start, changed);
          }
        }
        if (wait > 0) checkIn(min(wait, 50));
        else {
          // Without a prototype, or the page could give the answer a `then` that answers in its place.
          resolve({
            __proto__: null,
            isStill: hasEnded,
            isRestless,
            isNearlyEmpty: look?.isSuspicious === true,
            canScroll: !hasEnded && canScrollAny(),
          });
        }
      };
      check();
    });

  // A symbol would have to be looked up by Symbol.for, which the page may replace.
  Object.defineProperty(window, key, {
    value: Object.freeze({
      __proto__: null,
      quiet,
      canScroll: canScrollAny,
      scroll: scrollAll,
      heard,
      leave: leaving(native, company, key),
      sinceLast,
      msUntilDone,
      isStill,
    }),
  });
}
