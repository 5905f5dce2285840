/** Who sends which batches, and when. */

/** Batches of one account. */
export interface Work {
  account: string;
  pages: number;
  batches: number;
  /** Seconds from the start. */
  startsAt: number;
}

const pattern = /^(?<account>[\w-]+):(?<pages>\d+)(?:\/(?<batches>\d+))?(?:@(?<startsAt>\d+(?:\.\d+)?))?$/;

/**
 * Reads a list of `ACCOUNT:PAGES[/BATCHES][@SECONDS]`, such as `A:10000,A:600/60,B:1@60`.
 *
 * @returns undefined if it is none
 */
export function parseWork(text: string): Work[] | undefined {
  const parts = text.split(",").map((part) => pattern.exec(part.trim())?.groups);
  const work: Work[] = [];
  for (const part of parts) {
    if (!part) return undefined;
    const { account = "", pages, batches = "1", startsAt = "0" } = part;
    work.push({ account, pages: Number(pages), batches: Number(batches), startsAt: Number(startsAt) });
  }
  return work.every(({ pages, batches }) => batches > 0 && pages >= batches) ? work : undefined;
}

/** The pages of each batch: as equal as can be. */
export function batchSizes({ pages, batches }: Work): number[] {
  return Array.from(
    { length: batches },
    (_, n) => Math.floor((pages * (n + 1)) / batches) - Math.floor((pages * n) / batches),
  );
}
