/** Calls that consumers make to a tracker, each for one purpose. */
import type { BatchTracker } from "../../src/batch/tracker.ts";
import type { Claim, RenderingId } from "../../src/protocol/claim.ts";
import type { Report } from "../../src/protocol/report.ts";
import type { Exchange, TrackerCalls } from "../../src/protocol/tracker-calls.ts";

type Tracker = DurableObjectStub<BatchTracker> | TrackerCalls;

/** A call that does nothing but what `change` says. */
export function exchangeOf(change: Partial<Exchange>): Exchange {
  const nothing = { reports: [], renewals: [], needed: 0, ahead: 0 };
  return { id: crypto.randomUUID(), consumer: "a consumer", ...nothing, ...change };
}

/** Asks for up to `limit` pages, each for a tab that waits. */
export async function claimFrom(tracker: Tracker, limit: number): Promise<Claim | null> {
  return (await tracker.exchange(exchangeOf({ needed: limit }))) as Claim | null;
}

export async function reportTo(tracker: Tracker, reports: Report[]): Promise<void> {
  await tracker.exchange(exchangeOf({ reports }));
}

export async function renew(tracker: Tracker, renewals: RenderingId[]): Promise<void> {
  await tracker.exchange(exchangeOf({ renewals }));
}
