/** Thrown when something takes longer than its time limit. */
export class TimeLimitError extends Error {
  override name = "TimeLimitError";
}

/**
 * Waits for the promise, but no longer than `limit`. The work behind it is not cancelled and may still have its effect.
 *
 * @param limit ms, or a function that returns how many ms are left, for a limit that may be put off
 * @throws TimeLimitError that names `what`
 */
export async function withinTime<T>(
  limit: number | (() => number),
  what: string,
  promise: Promise<T>,
): Promise<T> {
  const ms = typeof limit === "number" ? limit : limit();
  const msLeft = typeof limit === "number" ? () => 0 : limit;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limitReached = new Promise<never>((_, reject) => {
    const check = () => {
      const left = msLeft();
      if (left > 0) timer = setTimeout(check, left);
      else reject(new TimeLimitError(`${what} took longer than ${ms} ms`));
    };
    timer = setTimeout(check, ms);
  });
  try {
    return await Promise.race([promise, limitReached]);
  } finally {
    clearTimeout(timer);
  }
}
