/**
 * Keeps the page from going back to what was in the tab before. A document may go back to entries that it has added to
 * the history itself, but no further.
 */
function guardHistory(native) {
  const firstEntry = window.navigation?.currentEntry;
  const canGoBack = (steps) => {
    const { navigation } = window;
    const first = navigation?.entries().find(({ key }) => key === firstEntry?.key);
    return steps <= (navigation?.currentEntry?.index ?? 0) - (first?.index ?? 0);
  };
  native.intercept(History.prototype, "back", {
    apply(target, self, args) {
      if (canGoBack(1)) native.apply(target, self, args);
    },
  });
  native.intercept(History.prototype, "go", {
    apply(target, self, args) {
      if (canGoBack(-args[0] || 0)) native.apply(target, self, args);
    },
  });
  if (!window.navigation) return;
  const never = () => ({ committed: new native.Promise(() => {}), finished: new native.Promise(() => {}) });
  native.intercept(Navigation.prototype, "back", {
    apply(target, self, args) {
      return canGoBack(1) ? native.apply(target, self, args) : never();
    },
  });
  native.intercept(Navigation.prototype, "traverseTo", {
    apply(target, self, args) {
      const entry = self.entries().find(({ key }) => key === args[0]);
      const isBehind = entry && !canGoBack(self.currentEntry.index - entry.index);
      return isBehind ? never() : native.apply(target, self, args);
    },
  });
}
