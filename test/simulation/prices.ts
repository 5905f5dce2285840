/**
 * Cloudflare's list prices in USD, beyond what each plan includes. November 2026, from developers.cloudflare.com:
 * browser-run/pricing, workers/platform/pricing, durable-objects/platform/pricing, d1/platform/pricing, r2/pricing and
 * queues/platform/pricing.
 */
import type { Meter } from "./meter.ts";

const MILLION = 1_000_000;

const prices = {
  browserHour: 0.09,
  /** A month, for each browser above 10 in the month's average daily peak. */
  browserAbove10: 2,
  r2ClassA: 4.5 / MILLION,
  r2ClassB: 0.36 / MILLION,
  rowRead: 0.001 / MILLION,
  d1RowWritten: 1 / MILLION,
  objectRowWritten: 1 / MILLION,
  objectRequest: 0.15 / MILLION,
  /** An object in memory counts as 128 MB. */
  objectGigabyteSecond: 12.5 / MILLION,
  queueOperation: 0.4 / MILLION,
  cpuMs: 0.02 / MILLION,
  invocation: 0.3 / MILLION,
};

const OBJECT_GIGABYTES = 0.128;

/** What was used, in USD by part. */
export function costs(meter: Meter, browserHours: number): Record<string, number> {
  const objectRequests = Object.values(meter.objectCalls()).reduce((sum, { total }) => sum + total, 0);
  return {
    browsers: browserHours * prices.browserHour,
    r2: meter.r2Writes * prices.r2ClassA + meter.r2Reads * prices.r2ClassB,
    d1: meter.d1RowsWritten * prices.d1RowWritten + meter.d1RowsRead * prices.rowRead,
    objectRows: meter.objectRowsWritten * prices.objectRowWritten + meter.objectRowsRead * prices.rowRead,
    objectRequests: objectRequests * prices.objectRequest,
    objectDuration: (meter.objectsActiveMs / 1000) * OBJECT_GIGABYTES * prices.objectGigabyteSecond,
    queue: meter.queueOperations * prices.queueOperation,
    cpu: meter.cpuMs * prices.cpuMs,
    invocations: meter.invocations * prices.invocation,
  };
}

/** USD a month if each day has this peak. */
export function peakCosts(browsers: number): number {
  return Math.max(0, browsers - 10) * prices.browserAbove10;
}
