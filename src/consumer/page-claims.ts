/**
 * Where a consumer's tabs get their pages: claimed one at a time from the batches it has tickets for. The batches take
 * turns, so that a small one gets as many tabs as a large one. Keeps the claimed pages' leases alive until they are
 * reported.
 */
import type { Assignment, Claim, RenderingId, RenderJob } from "../protocol/claim.ts";
import type { Outcome } from "../protocol/report.ts";
import type { TicketGroup } from "../protocol/ticket.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

/** A page to render, for a batch. */
export interface ClaimedPage {
  batchId: string;
  job: RenderJob;
  assignment: Assignment;
}

/** A batch that may have pages. */
interface Batch {
  id: string;
  /** Tickets that its tracker has not been told about yet. */
  tickets: TicketGroup[];
}

/** A page's lease is kept alive for at most this long, in ms: longer than all time limits on one page add up to. */
const MAX_HELD_MS = 3 * 60_000;

export class PageClaims {
  readonly #env: Env;
  readonly #trackerOf: (batchId: string) => TrackerCalls;
  readonly #runMs: number;
  /** Batches in turn, the next one first. */
  #batches: Batch[];
  /** When to stop claiming, epoch ms: `runMs` after the first claim. Tickets left are used up even later. */
  #endsAt: number | undefined;
  /** Pages claimed and not yet reported, with the time of their claim, epoch ms. */
  readonly #held = new Map<ClaimedPage, number>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  /** @param tickets by batch id */
  constructor(
    env: Env,
    tickets: ReadonlyMap<string, TicketGroup[]>,
    trackerOf: (batchId: string) => TrackerCalls,
    runMs: number,
  ) {
    this.#env = env;
    this.#batches = Array.from(tickets, ([id, groups]) => ({ id, tickets: groups }));
    this.#trackerOf = trackerOf;
    this.#runMs = runMs;
  }

  /** Claims the next page to render. Null if there is none now, or the run has lasted long enough. Does not throw. */
  async next(): Promise<ClaimedPage | null> {
    for (let batch = this.#takeTurn(); batch; batch = this.#takeTurn()) {
      const asked = batch;
      const claim = await this.#claim(asked);
      const assignment = claim?.assignments[0];
      if (claim && assignment) return this.#hold({ batchId: asked.id, job: claim.job, assignment });
      // When this batch has a page again, it sends a ticket.
      this.#batches = this.#batches.filter((other) => other !== asked);
    }
    return null;
  }

  /** Tells the tracker how a page's rendering ended. If that fails, the page's lease runs out. Does not throw. */
  async report(page: ClaimedPage, outcome: Outcome): Promise<void> {
    const { batchId, job, assignment } = page;
    const { idx, rendering } = assignment;
    try {
      await this.#trackerOf(batchId).report([{ idx, rendering, outcome }]);
    } catch (thrown) {
      const ids = { batch_id: batchId, account_id: job.accountId, item: idx, rendering };
      log("error", "item.report_lost", { ...ids, outcome: outcome.kind, error: messageOf(thrown) });
    } finally {
      this.#letGo(page);
    }
  }

  /**
   * Gives the tickets back that no tracker has been told about. Does not throw.
   *
   * @param waitMs if there is no browser: how long until there may be one, else 0
   */
  async giveBackTickets(waitMs: number): Promise<void> {
    const left = this.#batches.filter(({ tickets }) => tickets.length > 0);
    await Promise.all(
      left.map(async ({ id, tickets }) => {
        const unused = tickets.splice(0);
        try {
          await this.#trackerOf(id).giveBack(unused, waitMs);
        } catch (thrown) {
          log("warn", "tickets.not_given_back", { batch_id: id, error: messageOf(thrown) });
        }
      }),
    );
  }

  /**
   * The batch whose turn it is. It goes to the end of the line at once, since other tabs may ask while it is being
   * asked. Batches with tickets left come first, even after the run's time is up: each ticket is worth one claim.
   */
  #takeTurn(): Batch | undefined {
    this.#endsAt ??= Date.now() + this.#runMs;
    const withTickets = this.#batches.find(({ tickets }) => tickets.length > 0);
    const batch = withTickets ?? (Date.now() < this.#endsAt ? this.#batches[0] : undefined);
    if (batch) this.#batches = [...this.#batches.filter((other) => other !== batch), batch];
    return batch;
  }

  async #claim(batch: Batch): Promise<Claim | null> {
    const tickets = batch.tickets.splice(0);
    try {
      return await this.#trackerOf(batch.id).claim(tickets, 1, crypto.randomUUID());
    } catch (thrown) {
      log("error", "batch.claim_failed", { batch_id: batch.id, error: messageOf(thrown) });
      return null;
    }
  }

  #hold(page: ClaimedPage): ClaimedPage {
    this.#held.set(page, Date.now());
    this.#heartbeat ??= setInterval(() => this.#renewLeases(), settings(this.#env).RENDER_HEARTBEAT_MS);
    return page;
  }

  #letGo(page: ClaimedPage): void {
    this.#held.delete(page);
    if (this.#held.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  /** Tells each tracker which of its pages are still being rendered. The next heartbeat makes up for a failed call. */
  #renewLeases(): void {
    for (const [page, since] of this.#held) if (Date.now() - since > MAX_HELD_MS) this.#letGo(page);
    const byBatch = Map.groupBy(this.#held.keys(), ({ batchId }) => batchId);
    for (const [batchId, pages] of byBatch) {
      const renderings: RenderingId[] = pages.map(({ assignment: { idx, rendering } }) => ({
        idx,
        rendering,
      }));
      this.#trackerOf(batchId)
        .stillRendering(renderings)
        .catch((thrown) => log("info", "tracker.not_told", { batch_id: batchId, error: messageOf(thrown) }));
    }
  }
}
