/** The binding of a Durable Object's class, with the objects there are. */
import { type DurableClass, SimulatedObject } from "./durable-object.ts";
import type { Platform } from "./platform.ts";

interface ObjectId {
  name: string;
  toString(): string;
  equals(other: ObjectId): boolean;
}

export class SimulatedNamespace {
  readonly #platform: Platform;
  readonly #class: DurableClass;
  readonly #objects = new Map<string, SimulatedObject>();

  constructor(platform: Platform, durableClass: DurableClass) {
    this.#platform = platform;
    this.#class = durableClass;
  }

  idFromName(name: string): ObjectId {
    return { name, toString: () => `${this.#class.name} ${name}`, equals: (other) => other.name === name };
  }

  getByName(name: string): unknown {
    return this.get(this.idFromName(name));
  }

  /** A stub: each of its methods is a call to the object. */
  get({ name }: ObjectId): unknown {
    const call = (method: string, args: unknown[]) => {
      const sent = structuredClone(args);
      return this.#platform.call(async () => {
        try {
          return structuredClone(await this.#object(name).receive(method, sent));
        } catch (thrown) {
          throw remoteError(thrown);
        }
      });
    };
    const target = { name, id: this.idFromName(name) };
    return new Proxy(target, {
      get(object, member) {
        if (member === "then" || typeof member === "symbol") return undefined;
        if (Object.hasOwn(object, member)) return Reflect.get(object, member);
        return (...args: unknown[]) => call(member, args);
      },
    });
  }

  #object(name: string): SimulatedObject {
    const known = this.#objects.get(name);
    if (known) return known;
    const made = new SimulatedObject(this.#platform, this.#class, { name });
    this.#objects.set(name, made);
    return made;
  }
}

/** What a caller gets of an error: its message. */
function remoteError(thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return Object.assign(new Error(message), { remote: true });
}
