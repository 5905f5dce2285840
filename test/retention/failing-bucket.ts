/** R2 that fails. */
import { env } from "cloudflare:workers";

/** The bucket. Counts its calls, and fails those that `fails` picks. */
export function bucketThat(fails: (call: "list" | "delete", argument: string) => boolean) {
  const calls = { list: 0, delete: 0 };
  const watched = (name: "list" | "delete", argument: string) => {
    calls[name] += 1;
    if (fails(name, argument)) throw new Error("R2 fails.");
  };
  const bucket = new Proxy(env.CONTENT, {
    get(target, name) {
      if (name === "list") {
        return async (options: R2ListOptions) => {
          watched("list", options.prefix ?? "");
          return target.list(options);
        };
      }
      if (name === "delete") {
        return async (keys: string[]) => {
          watched("delete", keys[0] ?? "");
          return target.delete(keys);
        };
      }
      return Reflect.get(target, name);
    },
  });
  return { bucket, calls };
}
