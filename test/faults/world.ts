/**
 * The world of one schedule: one account, one batch, its pages, queue and browsers, and their faults. Many worlds share
 * one D1 and R2, and do not affect each other.
 */

import type { RenderFailure } from "../../src/protocol/render-failure.ts";
import { statusFailure } from "../../src/render/network-failure.ts";
import type { Settings } from "../../src/settings.ts";
import { Browsers } from "./browsers.ts";
import { Faults } from "./faults.ts";
import { FaultyQueue } from "./queue.ts";
import { Random } from "./random.ts";

/** How a page responds: the status of each visit in turn, the last one repeated, or "hang". */
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

/** Worlds are never removed, because their objects outlive their schedule. */
const worlds = new Map<string, World>();

/** The world of the tracker, pool or account with this name. */
export function worldOf(name: string): World | undefined {
  return worlds.get(name);
}

export function worldOfUrl(url: string): World {
  const world = worlds.get(new URL(url).hostname);
  if (!world) throw new Error(`The page ${url} belongs to no schedule.`);
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
      CONSUMER_RUN_PAGES: random.pick("pages in a run", [3, 20, 400]),
      BROWSERS_PER_CONSUMER: random.pick("browsers of a consumer", [1, 2]),
      TABS_PER_LEASE: random.pick("tabs", [2, 4, 6]),
      MAX_BROWSERS: random.pick("browsers", [1, 2, 3]),
      LAUNCH_INTERVAL_MS: 1000,
      // Short, so that pages that hang cost little time.
      NAVIGATION_TIMEOUT_MS: 6000,
      PAGE_TIMEOUT_MS: 8000,
      BATCH_DEADLINE_MS: random.pick("deadline", [20_000, 24 * 3600_000, 24 * 3600_000, 24 * 3600_000]),
    };
    worlds.set(this.poolName, this);
    worlds.set(host, this);
  }

  /** Adds an account or batch to this world, unless it belongs to another. */
  add(id: string): void {
    if (!worlds.has(id)) worlds.set(id, this);
  }

  /** Visits a page. Returns how it fails this time, or null. */
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
