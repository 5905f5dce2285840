/** The object, with `around` in place of a call to any of its methods. `call` makes the call itself. */
export function withEveryCall<T extends object>(
  target: T,
  around: (method: string, call: () => unknown, args: unknown[]) => unknown,
): T {
  return new Proxy(target, {
    get(object, name) {
      // Keeps `await` from taking a stub, which has every method, for a promise.
      if (name === "then") return undefined;
      const member: unknown = Reflect.get(object, name);
      if (typeof member !== "function") return member;
      // The runtime's objects refuse any other `this` than themselves.
      return (...args: unknown[]) => around(String(name), () => Reflect.apply(member, object, args), args);
    },
  });
}
