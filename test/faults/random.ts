/** Random numbers from a seed. Each decision has a name and its own sequence, so that others do not shift it. */
export class Random {
  readonly seed: number;
  readonly #drawn = new Map<string, number>();

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The next number for this name, at least 0 and below 1. */
  next(name: string): number {
    const n = this.#drawn.get(name) ?? 0;
    this.#drawn.set(name, n + 1);
    return fraction(`${this.seed}/${name}/${n}`);
  }

  /** Whether an event of this probability happens. */
  chance(name: string, probability: number): boolean {
    return this.next(name) < probability;
  }

  between(name: string, min: number, max: number): number {
    return min + this.next(name) * (max - min);
  }

  whole(name: string, min: number, max: number): number {
    return Math.floor(this.between(name, min, max + 1));
  }

  pick<T>(name: string, values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.next(name) * values.length)] as T;
  }
}

/** FNV-1a of the text, then the finalizer of MurmurHash3, as a number of at least 0 and below 1. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
