/** Decides which calls to bindings fail, when and how. */
import { pass } from "./fast-clock.ts";
import type { Random } from "./random.ts";

/** What a call goes to. `completion` is the write to D1 that completes the batch; `launch` is Browser Run. */
export type Site = "d1" | "completion" | "r2" | "queue" | "tracker" | "pool" | "launch";

const kinds = ["before", "after", "hang", "hang after", "late", "slow"] as const;
type Kind = (typeof kinds)[number];

/** A period in which all calls to a site fail, in ms from the start. */
interface Outage {
  site: Site;
  from: number;
  until: number;
  kind: Kind;
}

const sites: readonly [Site, ...Site[]] = ["d1", "completion", "r2", "queue", "tracker", "pool", "launch"];

/** A process that can be killed. From then on, nothing it does has any effect. */
export interface Process {
  /** How many calls it makes before it is killed. */
  callsLeft: number;
  isDead: boolean;
  /** Whether none of its calls fail. */
  isCalm?: boolean;
}

export function livingProcess(): Process {
  return { callsLeft: Number.POSITIVE_INFINITY, isDead: false };
}

/** The faults of one schedule. They end at some point, after which the batch must complete. */
export class Faults {
  readonly #random: Random;
  readonly #startedAt = Date.now();
  readonly #endsAt: number;
  readonly #rates: Record<Site, number>;
  readonly #outages: Outage[];
  /** The faults so far, to explain a failure. */
  readonly happened: string[] = [];

  /** @param lastFor how long they last, in ms */
  constructor(random: Random, lastFor: number) {
    this.#random = random;
    this.#endsAt = this.#startedAt + lastFor;
    this.#rates = Object.fromEntries(
      sites.map((site) => [site, random.pick(`rate of ${site}`, [0, 0, 0.02, 0.1, 0.3])]),
    ) as Record<Site, number>;
    // Higher, because if all goes well it is called only once.
    this.#rates.completion = random.pick("rate of completion", [0, 0.5, 0.8]);
    this.#outages = Array.from({ length: random.whole("outages", 0, 3) }, () => {
      const from = random.between("outage", 0, lastFor);
      return {
        site: random.pick("outage's site", sites),
        from,
        until: Math.min(lastFor, from + random.between("outage's length", 1000, 60_000)),
        kind: random.pick("outage's kind", kinds),
      };
    });
  }

  get areOver(): boolean {
    return Date.now() >= this.#endsAt;
  }

  /** Ends all faults now. */
  end(): void {
    this.#rates.d1 = this.#rates.completion = this.#rates.r2 = this.#rates.queue = 0;
    this.#rates.tracker = this.#rates.pool = this.#rates.launch = 0;
    this.#outages.length = 0;
  }

  /** Makes the call, with the fault that the schedule has for it. */
  async call<T>(process: Process, site: Site, effect: () => Promise<T>): Promise<T> {
    if (process.isCalm) return effect();
    if (process.isDead) return never();
    process.callsLeft -= 1;
    if (process.callsLeft < 0) {
      process.isDead = true;
      this.#note(`killed at ${site}`);
      // The last call may still take effect.
      if (this.#random.chance("last call goes out", 0.5)) void effect().catch(() => {});
      return never();
    }
    const kind = this.#kindAt(site);
    if (kind === undefined) return effect();
    this.#note(`${site}: ${kind}`);
    switch (kind) {
      case "before":
        throw new Error(`${site} fails`);
      case "after":
        await effect();
        throw new Error(`${site} fails after it did its work`);
      case "hang":
        return never();
      case "hang after":
        await effect();
        return never();
      case "late":
        await pass(this.#random.between("late by", 10_000, 40_000));
        void effect().catch(() => {});
        return never();
      case "slow":
        await pass(this.#random.between("slow by", 100, 10_000));
        return effect();
    }
  }

  #kindAt(site: Site): Kind | undefined {
    const at = Date.now() - this.#startedAt;
    const outage = this.#outages.find((some) => some.site === site && some.from <= at && at < some.until);
    if (outage) return outage.kind;
    if (this.areOver || !this.#random.chance(`fault of ${site}`, this.#rates[site])) return undefined;
    return this.#random.pick(`kind at ${site}`, kinds);
  }

  #note(what: string): void {
    this.happened.push(`${Math.round(Date.now() - this.#startedAt)} ms: ${what}`);
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
