/** Durable Objects with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall } from "./retry.ts";

export interface MethodRules {
  /** Time limit of each attempt, in ms. */
  limitMs: number;
  /** Attempts: 1 for a method that is not safe to repeat. */
  attempts: number;
}

/**
 * Objects whose methods follow the rules that `rulesOf` names for them.
 *
 * @param what names the object in errors
 */
export function openNamespace<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  what: string,
  rulesOf: (method: string) => MethodRules,
): DurableObjectNamespace<T> {
  return withEveryCall(namespace, (method, call) => {
    if (method !== "get" && method !== "getByName") return call();
    const stub = () => call() as DurableObjectStub<T>;
    return withEveryCall(stub(), (name, _, args) => {
      const rules = { what: `${what}'s ${name}()`, ...rulesOf(name), repeatsTimeouts: true };
      return boundedCall(rules, async () => {
        // A stub may be of no use after an exception, so each attempt takes a new one
        // (developers.cloudflare.com/durable-objects/best-practices/error-handling).
        const fresh = stub();
        return await Reflect.apply(Reflect.get(fresh, name) as () => unknown, fresh, args);
      });
    });
  });
}
