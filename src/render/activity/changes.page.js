/** Tracks when the DOM has last changed, and when it has last grown. A clock changes the page, and does not make it grow. */
function trackChanges(native) {
  const { now } = native;
  const changes = { changedAt: now(), grownAt: 0 };
  new MutationObserver((records) => {
    changes.changedAt = now();
    let added = 0;
    for (const { addedNodes, removedNodes } of records) added += addedNodes.length - removedNodes.length;
    if (added > 0) changes.grownAt = changes.changedAt;
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  return changes;
}
