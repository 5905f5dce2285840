/** What trackers and consumers say to the browser pool, and its answers. */
import type { Directions } from "../dispatch/dispatch.ts";
import type { BatchNews, BatchWork } from "../protocol/work.ts";

export interface BrowserLease {
  id: string;
  sessionId: string;
  /** Whether it renders from the country that was asked for, if any was. */
  isInCountry: boolean;
}

/** A lease, or how long until there may be one, in ms. */
export type LeaseAnswer = { lease: BrowserLease } | { waitMs: number };

/** A consumer that asks for a browser. */
export interface Applicant {
  consumer: string;
  /** ISO 3166-1 alpha-2 in upper case; null for any. */
  country: string | null;
  /** How many browsers it has. */
  browsers: number;
  /** Of the ticket that started it, epoch ms; null if it asks again. */
  sentAt: number | null;
}

/**
 * A lease, what to render, and when to call, in ms; or how long until there may be a lease, in ms: 0 if there is no work for
 * it.
 */
export type BeginAnswer = { lease: BrowserLease; work: BatchWork[]; againInMs: number } | { waitMs: number };

/** A consumer's regular call. */
export interface ConsumerReport {
  consumer: string;
  country: string | null;
  /** Epoch ms. */
  beganAt: number;
  leases: string[];
  /** Leases it needs no more. */
  returned: ReturnedLease[];
  news: BatchNews[];
}

export interface ReturnedLease {
  id: string;
  broken: boolean;
}

/** The answer to it. */
export interface ConsumerDirections extends Directions {
  /** Leases that have run out: their browsers belong to nobody, or to others. */
  lost: string[];
}

/** For `GET /health`. */
export interface PoolState {
  browsers: number;
  leased: number;
  launching: number;
  max: number;
  /** After a refused launch: when the next one is tried, epoch ms; null otherwise. */
  heldBackUntil: number | null;
  /** Consumers that render pages. */
  consumers: number;
  /** Whether Queues adds no consumers although tickets wait. Rendering goes on with those there are. */
  consumersAreScarce: boolean;
  batchesWaiting: number;
  pagesWaiting: number;
}
