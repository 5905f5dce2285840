/** Thrown when something took longer than it may. */
export class TimeLimitError extends Error {
  override name = "TimeLimitError";
}

/**
 * The promise's result, or after `ms` a rejection. What the promise stood for may still happen later, so the caller
 * must be able to repeat it.
 *
 * @throws TimeLimitError that names `what`
 */
export async function withinTime<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeLimitError(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
