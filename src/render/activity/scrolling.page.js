/**
 * Scrolls for the page. While that brings nothing, steps become longer, and neither listeners that look only now and then
 * nor timers that they set are waited for. Once it brings something, the page is passed slowly, screen by screen.
 */
function scrollerOf(native, pending, changes, areas) {
  const { now, min, max } = native;
  /** Listeners that look at the page at most this often, in ms, see each screen of a page that is passed slowly. */
  const THROTTLE_MS = 160;
  /** ms that can be spent on that in one document. */
  const MAX_SLOW_MS = 3000;
  /** After so many screens that brought nothing, a page is not passed slowly any more, */
  const CALM_SLOW = 2;
  /** and after so many, steps become longer. */
  const CALM_STEPS = 5;
  /** So often, a page is given time to act where it has nothing to do. */
  const MAX_VAIN = 1;
  /** An area that has replaced its content so often, and shown no more of it, keeps only what is in view. */
  const MAX_REPLACED = 2;
  /** So many elements are stopped at in a row because the page waits for them to come into view. */
  const MAX_STOPS = 20;
  /** When the page is back at its top, so many frames may pass until it shows again what is there. */
  const MAX_FRAMES = 10;
  /** A page that grows as it is scrolled is given this long for what it has then arranged, in ms. */
  const REACTION_MS = 1500;
  const scrolled = new Set();
  /** When the last scrolling began, and the last one after which the page is waited for. */
  let scrolledAt = Infinity;
  let reactsSince = Infinity;
  let slowLeft = MAX_SLOW_MS;
  let vain = 0;
  /** As `vain`, for the ticks of a page that looks where it is time and again. */
  let vainTicks = 0;
  let stops = 0;
  let mayReturn = true;

  const goTo = (area, top) => area.scrollTo({ top, behavior: "instant" });
  const nextFrame = () => new native.Promise((resolve) => native.afterFrame(resolve));
  const wait = async (ms) => {
    if (ms <= 0 || slowLeft <= 0) return;
    slowLeft -= ms;
    await new native.Promise((resolve) => native.later(resolve, ms));
  };
  /** Goes there. Returns how long timers take that the page has set as it noticed, in ms. */
  const move = async (area, top) => {
    const start = now();
    goTo(area, top);
    await nextFrame();
    return pending.msUntilReacted(start, THROTTLE_MS);
  };
  /** Has listeners that look only now and then look at what is in view. */
  const linger = async (area) => {
    const top = area.scrollTop;
    await wait(THROTTLE_MS);
    await move(area, top - 1);
    await wait(await move(area, top));
  };

  /** Scrolls an area down. Returns whether it was not yet at its end. */
  const scrollDown = async (area, maxSteps, gains) => {
    const isHeard = areas.isHeard(area);
    let fastFrom = area.scrollTop;
    let isSlow = false;
    let hasGained = false;
    let wasGain = false;
    let stride = 1;
    let calm = 0;
    let replaced = 0;
    /** How far the next step leads. */
    const distance = () => {
      const screen = area.clientHeight * 0.9;
      if (stride === 1) return screen;
      const toTarget = stops < MAX_STOPS ? areas.nextTarget(area) : Infinity;
      if (toTarget < stride * screen) stops += 1;
      return min(stride * screen, toTarget);
    };
    /** The page may have missed what was passed quickly. */
    const goBack = () => {
      isSlow = true;
      vain = 0;
      vainTicks = 0;
      if (mayReturn) goTo(area, fastFrom);
      mayReturn = false;
    };

    for (let steps = 0; steps < maxSteps; steps += 1) {
      const from = area.scrollTop;
      const start = now();
      const reacts = await move(area, from + distance());
      if (area.scrollTop <= from) return steps > 0;
      scrolled.add(area);
      const isEnd = area.scrollTop + area.clientHeight >= area.scrollHeight - 1;
      const mayWait = isEnd || vain < MAX_VAIN;
      let { isGain, isReplaced, hasChanged, hasOtherContent } = gains.since();
      const take = (more) => {
        isGain ||= more.isGain;
        isReplaced ||= more.isReplaced;
        return more.isGain;
      };
      const ticks =
        isHeard && !isGain && !isSlow && (isEnd || vainTicks < MAX_VAIN)
          ? pending.msUntilTick(THROTTLE_MS)
          : 0;
      if (ticks > 0) {
        await wait(ticks);
        if (!take(gains.since())) vainTicks += 1;
        else if (vainTicks > 0) goBack();
      }
      if (isGain && stride > 1) {
        // There may be more of the kind in what was skipped.
        goTo(area, from);
      } else if (isSlow) {
        await wait(max(reacts, THROTTLE_MS - (now() - start)));
        take(gains.since());
      } else if (reacts > 0 && mayWait && !hasOtherContent) {
        await wait(reacts);
        if (!take(gains.since())) vain += 1;
        else if (vain > 0) goBack();
      } else if (!isGain && !hasChanged && isHeard && (isEnd ? !hasGained : wasGain && mayWait)) {
        await linger(area);
        if (take(gains.since())) goBack();
        else vain += 1;
      } else if (isGain && reacts > 0) vain = 0;
      wasGain = isGain;
      if (isGain) {
        hasGained = true;
        stride = 1;
        calm = 0;
        replaced = 0;
        stops = 0;
        continue;
      }
      calm += 1;
      if (isReplaced) replaced += 1;
      if (replaced >= MAX_REPLACED) {
        areas.setUseless(area);
        goTo(area, 0);
        return false;
      }
      if (isSlow && calm >= CALM_SLOW) {
        isSlow = false;
        fastFrom = area.scrollTop;
      }
      if (calm >= CALM_STEPS) stride *= 2;
    }
    return true;
  };

  /** Goes back to the top. Resolves when the page shows again what is there. */
  const goUp = async (gains) => {
    for (const area of scrolled) goTo(area, 0);
    scrolled.clear();
    for (let frames = 0; frames < MAX_FRAMES; frames += 1) {
      await nextFrame();
      if (!gains.since().hasChanged) return;
    }
  };

  return {
    /** How long to wait for what the page has arranged as it was scrolled, in ms. */
    msUntilReacted: () => pending.msUntilReacted(reactsSince, reactsSince + REACTION_MS - now()),
    canScroll: () => scrolled.size > 0 || areas.awaited().length > 0,
    /**
     * Scrolls to the end of everything that scrolls, by maxSteps at most. If all was at its end already, scrolls back to
     * the top and returns false.
     */
    scroll: async (maxSteps) => {
      areas.noteScrolling();
      const startedAt = now();
      const gains = gainsIn(native, changes.roots);
      let hasMoved = false;
      for (const area of areas.awaited()) hasMoved = (await scrollDown(area, maxSteps, gains)) || hasMoved;
      if (!hasMoved) await goUp(gains);
      gains.stop();
      reactsSince = changes.grownAt >= min(scrolledAt, startedAt) ? startedAt : Infinity;
      scrolledAt = startedAt;
      // Whatever has come into view must have time to request more.
      changes.changedAt = now();
      return hasMoved;
    },
  };
}
