/** R2, in memory. */
import { currentExecution } from "./execution.ts";
import type { Platform } from "./platform.ts";

interface Stored {
  body: string | Uint8Array;
  options: { httpMetadata?: object; customMetadata?: Record<string, string> };
}

export class SimulatedR2 {
  readonly #platform: Platform;
  readonly #objects = new Map<string, Stored>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async put(key: string, body: string | Uint8Array, options: Stored["options"] = {}): Promise<object> {
    const writer = currentExecution();
    const stored = await this.#platform.connectedCall(() => {
      this.#platform.meter.r2Writes += 1;
      this.#objects.set(key, { body, options });
      return this.#describe(key, { body, options });
    });
    if (key.endsWith("/html")) writer?.pageStored();
    return stored;
  }

  async get(key: string): Promise<object | null> {
    return this.#read(key, (stored) => {
      const bytes = Buffer.from(stored.body as string);
      return {
        ...this.#describe(key, stored),
        body: new Blob([bytes]).stream(),
        text: async () => bytes.toString(),
        arrayBuffer: async () => new Uint8Array(bytes).buffer,
      };
    });
  }

  async head(key: string): Promise<object | null> {
    return this.#read(key, (stored) => this.#describe(key, stored));
  }

  delete(keys: string | string[]): Promise<void> {
    return this.#platform.connectedCall(() => {
      for (const key of [keys].flat()) this.#objects.delete(key);
    });
  }

  list({ prefix = "" } = {}): Promise<object> {
    return this.#platform.connectedCall(() => {
      this.#platform.meter.r2Writes += 1;
      const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix));
      return { objects: keys.map((key) => ({ key })), truncated: false, delimitedPrefixes: [] };
    });
  }

  #read<T>(key: string, answer: (stored: Stored) => T): Promise<T | null> {
    return this.#platform.connectedCall(() => {
      this.#platform.meter.r2Reads += 1;
      const stored = this.#objects.get(key);
      return stored ? answer(stored) : null;
    });
  }

  #describe(key: string, { body, options }: Stored): object {
    return { key, size: body.length, ...options };
  }
}
