/** R2 with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall, type CallLimits } from "./retry.ts";
import { withinTime } from "./time-limit.ts";

/** The methods in use. All are safe to repeat. */
const methods = ["get", "head", "list", "put", "delete"];
/** Methods of an object that read its whole content. */
const readers = ["arrayBuffer", "blob", "bytes", "json", "text"];

/**
 * Returns the bucket with a time limit on every call, and on reading an object's whole content. Repeats calls that fail.
 * A client that streams an object's `body` sets its own pace: there is no limit on that.
 */
export function openR2(bucket: R2Bucket, limits: CallLimits): R2Bucket {
  return withEveryCall(bucket, async (method, call, [, body]) => {
    if (!methods.includes(method)) {
      throw new Error(`R2's ${method}() has no time limit. Add it to io/r2.ts to use it.`);
    }
    // A stream can be read only once.
    const isRepeatable = !(method === "put" && body instanceof ReadableStream);
    const attempts = isRepeatable ? limits.attempts : 1;
    const what = `R2's ${method}()`;
    const result = await boundedCall({ ...limits, what, attempts, repeatsTimeouts: false }, async () =>
      call(),
    );
    return method === "get" && result ? openObject(result as R2ObjectBody, limits.limitMs) : result;
  });
}

function openObject(object: R2ObjectBody, limitMs: number): R2ObjectBody {
  return withEveryCall(object, (method, call) =>
    readers.includes(method) ? withinTime(limitMs, `R2's ${method}()`, call() as Promise<unknown>) : call(),
  );
}
