/**
 * Tries something that may fail for a moment: up to `attempts` times, after a wait that doubles each time and varies by
 * a half either way, so that many callers do not come back at once. What is tried must be safe to repeat.
 *
 * @throws what the last attempt threw
 */
export async function withRetries<T>(
  attempts: number,
  firstWaitMs: number,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      if (made >= attempts) throw thrown;
      const wait = firstWaitMs * 2 ** (made - 1) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
