/** What differs between Cloudflare's plans. docs/limits-and-costs.md has the numbers and their sources. */

export type Profile = "paid" | "free";

export interface ProfileSettings {
  /** Variables, unless the target sets them. */
  vars: Record<string, string>;
  /** Whether the plan takes the section `[limits]`. */
  hasLimits: boolean;
  /** Largest batch of the account that the first key belongs to. */
  maxBatchItems: number | null;
}

export const profiles: Record<Profile, ProfileSettings> = {
  paid: { vars: {}, hasLimits: true, maxBatchItems: null },
  free: {
    // 3 browsers at once, and an invocation may make 50 calls.
    vars: { MAX_BROWSERS: "3", CONSUMER_RUN_PAGES: "8", EXPORT_CALLS: "40" },
    hasLimits: false,
    // Ten minutes of browser time a day are enough for about so many pages of 3 seconds each.
    maxBatchItems: 1000,
  },
};

/** Browsers that cost nothing beyond their time, and the price in US dollars of each one more in a month's average daily peak. */
const includedBrowsers = 10;
const browserMonthUsd = 2;

/** What that many browsers may cost a month, in US dollars, beyond their time. */
export function monthlyUsd(browsers: number): number {
  return Math.max(0, browsers - includedBrowsers) * browserMonthUsd;
}
