/** The Worker's bindings. Each call of theirs can fail as the schedule says. */
import type { Env } from "../../src/settings.ts";
import type { Process, Site } from "./faults.ts";
import type { World } from "./world.ts";

type Call = <T>(site: Site, effect: () => Promise<T>) => Promise<T>;

/**
 * @param given the bindings that the runtime gave to the caller
 * @param process the caller
 */
export function faultyBindings(given: Env, world: World, process: Process): Env {
  const call: Call = (site, effect) => world.faults.call(process, site, effect);
  return {
    ...given,
    ...(world.settings as object),
    DB: faultyDatabase(given.DB, call),
    CONTENT: withFaults(given.CONTENT, "r2", call),
    RENDER_QUEUE: withFaults(world.queue.producer, "queue", call),
    BATCH_TRACKER: faultyNamespace(given.BATCH_TRACKER, "tracker", call, (name) => {
      world.add(name);
      return name;
    }),
    BROWSER_POOL: faultyNamespace(given.BROWSER_POOL, "pool", call, () => world.poolName),
    BROWSER: world.browsers.binding(call),
  };
}

/** The object, with `call` around each of its methods. */
function withFaults<T extends object>(target: T, site: Site, call: Call): T {
  return new Proxy(target, {
    get(object, name) {
      const member = Reflect.get(object, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => call(site, async () => Reflect.apply(member, object, args));
    },
  });
}

function faultyDatabase(d1: D1Database, call: Call): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const completions = new WeakSet<object>();
  const wrapped = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrapped(target.bind(...values), sql);
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => call("d1", async () => Reflect.apply(member, target, args));
      },
    });
    originals.set(proxy, statement);
    if (/^update "accounts" set "credits_used"/i.test(sql)) completions.add(proxy);
    return proxy;
  };
  return new Proxy(d1, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => wrapped(target.prepare(sql), sql);
      if (name === "batch") {
        return (statements: D1PreparedStatement[]) =>
          call(statements.some((one) => completions.has(one)) ? "completion" : "d1", () =>
            target.batch(statements.map((one) => originals.get(one) ?? one)),
          );
      }
      throw new Error(`The faulty D1 has no ${String(name)}, only prepare and batch.`);
    },
  });
}

function faultyNamespace<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  site: Site,
  call: Call,
  nameOf: (name: string) => string,
): DurableObjectNamespace<T> {
  return new Proxy(namespace, {
    get(target, member) {
      if (member === "idFromName") return (name: string) => target.idFromName(nameOf(name));
      if (member === "get") return (id: DurableObjectId) => withFaults(target.get(id), site, call);
      throw new Error(`The faulty namespace has no ${String(member)}, only idFromName and get.`);
    },
  });
}
