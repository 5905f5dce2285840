/**
 * Tracks when the DOM has last changed, and when it has last grown: in number, or where it had not changed before. A clock
 * changes the page, and does not make it grow.
 */
function trackChanges(native) {
  const { now } = native;
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  const roots = [document];
  const changes = { changedAt: now(), grownAt: 0, roots };
  const changed = new WeakSet();
  const observer = new MutationObserver((records) => {
    changes.changedAt = now();
    let added = 0;
    let isNew = false;
    for (const { type, target, addedNodes, removedNodes } of records) {
      added += addedNodes.length - removedNodes.length;
      if (type !== "childList" || changed.has(target)) continue;
      changed.add(target);
      isNew ||= addedNodes.length > 0;
    }
    if (added > 0 || isNew) changes.grownAt = changes.changedAt;
  });
  observer.observe(document, options);
  // Observing a document does not cover the shadow trees in it.
  native.intercept(Element.prototype, "attachShadow", {
    apply(target, self, args) {
      const root = native.apply(target, self, args);
      observer.observe(root, options);
      roots.push(root);
      return root;
    },
  });
  return changes;
}
