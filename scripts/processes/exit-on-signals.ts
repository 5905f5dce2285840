/**
 * Makes a signal that asks this process to end run its "exit" handlers first, which stop what it has started. Without it,
 * the process would end at once.
 */
export function exitOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
}
