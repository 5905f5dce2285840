/**
 * The world of one schedule: one account, one batch, its pages, its queue, its browsers, and what goes wrong with them.
 * Many worlds run beside each other on the same D1 and R2, and see nothing of each other.
 */

import type { RenderFailure } from "../../src/protocol/render-failure.ts";
import { statusFailure } from "../../src/render/network-failure.ts";
import type { Settings } from "../../src/settings.ts";
import { Browsers } from "./browsers.ts";
import { Faults } from "./faults.ts";
import { FaultyQueue } from "./queue.ts";
import { Random } from "./random.ts";

/** How a page ends: the statuses of its visits in turn, the last for ever; or it hangs. */
type PageFate = (number | "hang")[];

const fates: readonly [PageFate, ...PageFate[]] = [
  [200],
  [200],
  [200],
  [200],
  [200],
  [503, 200],
  ["hang", 200],
  [503, 503, 200],
  [404],
  [503],
  ["hang"],
];

/** They stay: their objects live on when their schedule has ended. */
const worlds = new Map<string, World>();

/** The world that has the tracker, the pool or the account of this name. */
export function worldOf(name: string): World | undefined {
  return worlds.get(name);
}

export function worldOfUrl(url: string): World {
  const world = worlds.get(new URL(url).hostname);
  if (!world) throw new Error(`No schedule has the page ${url}.`);
  return world;
}

export class World {
  readonly random: Random;
  readonly faults: Faults;
  readonly queue: FaultyQueue;
  readonly browsers: Browsers;
  readonly settings: Partial<Settings>;
  readonly poolName: string;
  readonly urls: string[];
  readonly #fates: PageFate[];
  readonly #visits = new Map<string, number>();

  constructor(seed: number) {
    const random = new Random(seed);
    this.random = random;
    this.faults = new Faults(random, random.pick("faults last for", [10_000, 40_000, 120_000, 300_000]));
    const areCalm = () => this.faults.areOver;
    this.queue = new FaultyQueue(random, areCalm);
    this.browsers = new Browsers(random, areCalm);
    this.poolName = `pool-${seed}-${crypto.randomUUID()}`;
    const host = `world-${seed}-${crypto.randomUUID()}.example`;
    const count = random.pick("pages", [1, 3, 10, 20]);
    this.urls = Array.from({ length: count }, (_, n) => `https://${host}/${n}`);
    this.#fates = this.urls.map(() => random.pick("page's fate", fates));
    this.settings = {
      PROJECTION_ITEMS: random.pick("items in a projection", [2, 7, 500]),
      TICKET_WINDOW_MIN: random.pick("least tickets", [1, 4, 10]),
      TABS_PER_LEASE: random.pick("tabs", [2, 4, 6]),
      MAX_BROWSERS: random.pick("browsers", [1, 2, 3]),
      LAUNCH_INTERVAL_MS: 1000,
      // Pages that hang are to cost no more than they must.
      NAVIGATION_TIMEOUT_MS: 6000,
      PAGE_TIMEOUT_MS: 8000,
      BATCH_DEADLINE_MS: random.pick("deadline", [20_000, 24 * 3600_000, 24 * 3600_000, 24 * 3600_000]),
    };
    worlds.set(this.poolName, this);
    worlds.set(host, this);
  }

  /** Its account's id, and that of its batch, lead here from now on, unless they lead elsewhere. */
  has(id: string): void {
    if (!worlds.has(id)) worlds.set(id, this);
  }

  /** The page is visited: how it fails this time, or null. */
  visit(url: string): RenderFailure | "hang" | null {
    const visits = this.#visits.get(url) ?? 0;
    this.#visits.set(url, visits + 1);
    const fate = this.#fates[this.urls.indexOf(url)] ?? [200];
    const outcome = fate[Math.min(visits, fate.length - 1)];
    if (outcome === "hang") return "hang";
    return outcome === 200 || outcome === undefined
      ? null
      : statusFailure(outcome, undefined, { httpStatus: outcome });
  }
}
