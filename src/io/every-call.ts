/**
 * Returns the object with each call to a method replaced by `around`.
 *
 * @param around gets `call`, which makes the call itself
 */
export function withEveryCall<T extends object>(
  target: T,
  around: (method: string, call: () => unknown, args: unknown[]) => unknown,
): T {
  return new Proxy(target, {
    get(object, name) {
      // Stubs have every method. Without this, `await` would take one for a promise.
      if (name === "then") return undefined;
      const member: unknown = Reflect.get(object, name);
      if (typeof member !== "function") return member;
      // The runtime's objects accept only themselves as `this`.
      return (...args: unknown[]) => around(String(name), () => Reflect.apply(member, object, args), args);
    },
  });
}
