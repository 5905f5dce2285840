/** R2 with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall } from "./retry.ts";

/** All of these are safe to repeat. */
const methods = ["get", "head", "list", "put", "delete"];

/** Repeats calls that fail. The limit is on getting an answer, not on reading the body that comes with it. */
export function openR2(bucket: R2Bucket, limitMs: number, attempts: number): R2Bucket {
  return withEveryCall(bucket, (method, call, [, body]) => {
    if (!methods.includes(method)) {
      throw new Error(`R2's ${method}() is not bounded: add it to io/r2.ts to use it.`);
    }
    // A stream can be read only once.
    const isRepeatable = !(method === "put" && body instanceof ReadableStream);
    const rules = { limitMs, attempts: isRepeatable ? attempts : 1, repeatsTimeouts: false };
    return boundedCall({ what: `R2's ${method}()`, ...rules }, async () => call());
  });
}
