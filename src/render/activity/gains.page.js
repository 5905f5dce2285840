/**
 * Tells what scrolling brings: content that is added or shown. Content that takes the place of other content is no gain,
 * such as the rows of a list that keeps only those in view, nor is a mark that moves on to the current chapter.
 */
function gainsIn(native, roots) {
  /** What one element, one picture or one name of a class counts, compared with one character of text. */
  const UNIT = 10;
  /** Where less than this is replaced, that is no list that keeps only what is in view. */
  const REPLACED = 200;
  const pictured = new WeakSet();
  let records = [];
  const observer = new MutationObserver((more) => {
    for (const record of more) records.push(record);
  });
  for (const root of roots) {
    observer.observe(root, {
      subtree: true,
      childList: true,
      characterData: true,
      attributeOldValue: true,
      attributeFilter: ["class", "style", "hidden", "src", "srcset", "data"],
    });
  }

  const sizeOf = (node) =>
    (node.textContent?.length ?? 0) + UNIT * (node.getElementsByTagName?.("*").length ?? 0);
  const contentSize = () => roots.reduce((sum, root) => sum + sizeOf(root.documentElement ?? root), 0);
  const removedSize = () => {
    let sum = 0;
    for (const { removedNodes } of records) for (const node of removedNodes) sum += UNIT + sizeOf(node);
    return sum;
  };
  const names = (value) => value?.match(/\S+/g)?.length ?? 0;
  const hides = (style) =>
    /(?:visibility|display|opacity)\s*:\s*(?:hidden|none|0(?![.\d]))/.test(style ?? "");
  /** How many more names or elements an attribute shows than it did before. */
  const shownBy = ({ target, attributeName: name, oldValue }) => {
    const value = target.getAttribute(name);
    if (value === oldValue) return 0;
    if (name === "class") return names(value) - names(oldValue);
    if (name === "style") return hides(oldValue) - hides(value);
    if (name === "hidden") return value === null ? 1 : -1;
    if (pictured.has(target)) return 0;
    pictured.add(target);
    return 1;
  };

  let content = contentSize();
  let shown = 0;
  let most = content;
  return {
    /** What has happened since this was last called. */
    since: () => {
      for (const record of observer.takeRecords()) records.push(record);
      const hasChanged = records.length > 0;
      const before = content;
      for (const record of records) if (record.type === "attributes") shown += UNIT * shownBy(record);
      const hasOtherContent = records.some(({ type }) => type !== "attributes");
      if (hasOtherContent) content = contentSize();
      const removed = removedSize();
      records = [];
      // A third more than what was removed: more than the rows of a list differ in length.
      const isReplaced = removed >= REPLACED && content - before < removed / 3;
      const total = content + shown;
      const isGain = !isReplaced && total >= most + UNIT;
      most = native.max(most, total);
      return { isGain, isReplaced, hasOtherContent, hasChanged };
    },
    stop: () => observer.disconnect(),
  };
}
