/** Durable Objects with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall, type CallLimits } from "./retry.ts";

/**
 * Returns the namespace with a time limit on every call to its objects. Repeats calls that fail or reach their limit.
 *
 * @param what names the object in errors
 * @param limitsOf the limits of a method
 */
export function openNamespace<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  what: string,
  limitsOf: (method: string) => CallLimits,
): DurableObjectNamespace<T> {
  return withEveryCall(namespace, (method, call) => {
    if (method !== "get" && method !== "getByName") return call();
    const stub = () => call() as DurableObjectStub<T>;
    return withEveryCall(stub(), (name, _, args) => {
      const rules = { what: `${what}'s ${name}()`, ...limitsOf(name), repeatsTimeouts: true };
      return boundedCall(rules, async () => {
        // A stub may be broken after an exception, so each attempt uses a new one
        // (developers.cloudflare.com/durable-objects/best-practices/error-handling).
        const fresh = stub();
        return await Reflect.apply(Reflect.get(fresh, name) as () => unknown, fresh, args);
      });
    });
  });
}
