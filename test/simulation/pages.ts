/** The pages of the Web: how long each takes, and how many at once its host serves. */
import { readFileSync } from "node:fs";
import { Random } from "../faults/random.ts";

/** Takes 3 s on average: one page in 20 takes 20 s. */
const SLOW_SHARE = 0.05;
const SLOW_MS = 20_000;
const FAST_MS = (3000 - SLOW_SHARE * SLOW_MS) / (1 - SLOW_SHARE);
/** How fast a host refuses, in ms. */
const REFUSAL_MS = 100;

/** How long a page takes in a browser: a number draws one, in ms. */
export type PageTimes = (draw: number) => number;

/** @param given seconds, `heavy-tail`, or a file of times in ms: a JSON array, or one in each line */
export function pageTimes(given: string): PageTimes {
  if (given === "heavy-tail") return (draw) => (draw < SLOW_SHARE ? SLOW_MS : FAST_MS);
  const seconds = Number(given);
  if (Number.isFinite(seconds)) return () => seconds * 1000;
  const text = readFileSync(given, "utf8");
  const times: number[] = text.trim().startsWith("[")
    ? JSON.parse(text)
    : text.trim().split(/\s+/).map(Number);
  if (times.length === 0 || times.some((ms) => !(ms >= 0)))
    throw new Error(`${given} has no list of times in ms.`);
  return (draw) => times[Math.floor(draw * times.length)] ?? 0;
}

export class Pages {
  readonly #random: Random;
  readonly #times: PageTimes;
  readonly #hostLimit: number;
  readonly #hosts: number;
  /** How long each page takes, in ms. */
  readonly #ms = new Map<string, number>();
  /** Visits under way, by host. */
  readonly #visits = new Map<string, number>();
  /** Visits under way that their host has refused. */
  readonly #refused = new Set<string>();
  /** Pages captured so far. */
  captured = 0;
  refusals = 0;

  /** @param rules.hostLimit a host answers more visits at once with status 429 */
  constructor(seed: number, times: PageTimes, rules: { hosts: number; hostLimit: number }) {
    this.#random = new Random(seed);
    this.#times = times;
    this.#hosts = rules.hosts;
    this.#hostLimit = rules.hostLimit;
  }

  /** How long all pages take that anyone knows of, in ms. */
  get totalMs(): number {
    let sum = 0;
    for (const ms of this.#ms.values()) sum += ms;
    return sum;
  }

  get longestMs(): number {
    return [...this.#ms.values()].reduce((most, ms) => Math.max(most, ms), 0);
  }

  /** The address of the nth page of a batch. */
  urlOf(batch: number, n: number): string {
    return `https://site-${n % this.#hosts}.example.com/${batch}/${n}`;
  }

  /** How long the page takes to render, the same each time, in ms. */
  msOf(url: string): number {
    const known = this.#ms.get(url);
    if (known !== undefined) return known;
    const ms = this.#times(this.#random.next(url));
    this.#ms.set(url, ms);
    return ms;
  }

  /** Begins a visit, to be ended with `left()`. Returns how long the page takes now, in ms. */
  visit(url: string): number {
    const { host } = new URL(url);
    const visits = (this.#visits.get(host) ?? 0) + 1;
    this.#visits.set(host, visits);
    if (visits <= this.#hostLimit) return this.msOf(url);
    this.#refused.add(url);
    this.refusals += 1;
    return REFUSAL_MS;
  }

  left(url: string): void {
    const { host } = new URL(url);
    this.#visits.set(host, (this.#visits.get(host) ?? 1) - 1);
    this.#refused.delete(url);
  }

  isRefused(url: string): boolean {
    return this.#refused.has(url);
  }
}

let web: Pages | undefined;

/** From now on, browsers visit these pages: for render-page.ts, which nobody can pass anything. */
export function setWeb(pages: Pages): void {
  web = pages;
}

export function theWeb(): Pages {
  if (!web) throw new Error("There are no pages: call setWeb() first.");
  return web;
}
