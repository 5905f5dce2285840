/** R2 with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall, type CallLimits } from "./retry.ts";

/** The methods in use. All are safe to repeat. */
const methods = ["get", "head", "list", "put", "delete"];

/**
 * Returns the bucket with a time limit on every call. Repeats calls that fail. The limit is for the response to arrive, not
 * for reading its body.
 */
export function openR2(bucket: R2Bucket, limits: CallLimits): R2Bucket {
  return withEveryCall(bucket, (method, call, [, body]) => {
    if (!methods.includes(method)) {
      throw new Error(`R2's ${method}() has no time limit. Add it to io/r2.ts to use it.`);
    }
    // A stream can be read only once.
    const isRepeatable = !(method === "put" && body instanceof ReadableStream);
    const attempts = isRepeatable ? limits.attempts : 1;
    const what = `R2's ${method}()`;
    return boundedCall({ ...limits, what, attempts, repeatsTimeouts: false }, async () => call());
  });
}
