/**
 * Where a consumer's tabs get their pages: the batches that it has tickets of, in turn, so that a small batch gets as
 * many tabs as a large one. What a batch hands out and what has become of it goes over its tracker.
 */

import { insist } from "../io/retry.ts";
import { withinTime } from "../io/time-limit.ts";
import type { Assignment, Claim, RenderingId, RenderJob } from "../protocol/claim.ts";
import type { Outcome, Report } from "../protocol/report.ts";
import type { TicketGroup } from "../protocol/ticket.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

export interface PageWork {
  batchId: string;
  job: RenderJob;
  assignment: Assignment;
}

/** Tries of a call to a tracker. */
const TRIES = 4;
/** So long a page can be held, in ms: beyond all limits of rendering, saving and reporting one, something is amiss. */
const MAX_HELD_MS = 3 * 60_000;

export class PageFeed {
  readonly #env: Env;
  readonly #trackerOf: (batchId: string) => TrackerCalls;
  /** Batches that may have more, the next one first, with tickets of theirs that the tracker does not know of yet. */
  #batches: { id: string; tickets: TicketGroup[] }[];
  readonly #endsAt: number;
  /** Handed out and not reported yet → since when, epoch ms. */
  readonly #held = new Map<PageWork, number>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(env: Env, tickets: Map<string, TicketGroup[]>, trackerOf: (batchId: string) => TrackerCalls) {
    this.#env = env;
    this.#trackerOf = trackerOf;
    this.#batches = Array.from(tickets, ([id, inHand]) => ({ id, tickets: inHand }));
    this.#endsAt = Date.now() + settings(env).CONSUMER_RUN_MS;
  }

  /** The next page to render; null when there is none now, or when the run has lasted long enough. Does not throw. */
  async next(): Promise<PageWork | null> {
    for (let batch = this.#turn(); batch; batch = this.#turn()) {
      const asked = batch;
      const claim = await this.#claim(asked);
      const assignment = claim?.assignments[0];
      if (claim && assignment) return this.#hold({ batchId: asked.id, job: claim.job, assignment });
      // A batch that has nothing for us now sends a ticket when it has.
      this.#batches = this.#batches.filter((other) => other !== asked);
    }
    return null;
  }

  /**
   * Whose turn it is, with its place at the end of the line from now on: other tabs may ask it at the same time. First
   * come those whose tickets are not used up yet, also when the run's time is over.
   */
  #turn() {
    const withTickets = this.#batches.find(({ tickets }) => tickets.length > 0);
    const batch = withTickets ?? (Date.now() < this.#endsAt ? this.#batches[0] : undefined);
    if (batch) this.#batches = [...this.#batches.filter((other) => other !== batch), batch];
    return batch;
  }

  /** Tells the tracker how a page ended. A report that cannot be brought is lost with its lease. Does not throw. */
  async report(work: PageWork, outcome: Outcome): Promise<void> {
    const { batchId, job, assignment } = work;
    const report: Report = { idx: assignment.idx, rendering: assignment.rendering, outcome };
    try {
      await this.#ask("Reporting", () => this.#trackerOf(batchId).report([report]));
    } catch (thrown) {
      const ids = { batch_id: batchId, account_id: job.accountId, item: assignment.idx };
      const lost = { rendering: assignment.rendering, outcome: outcome.kind };
      log("error", "item.report_lost", { ...ids, ...lost, error: messageOf(thrown) });
    } finally {
      this.#release(work);
    }
  }

  /**
   * Gives the tickets back that no tracker has been asked about, since the run ends early. Does not throw.
   *
   * @param waitMs when there is no browser: how long there may be none
   */
  async giveBack(waitMs: number): Promise<void> {
    const left = this.#batches.filter(({ tickets }) => tickets.length > 0);
    await Promise.all(
      left.map(async ({ id, tickets }) => {
        const givenBack = tickets.splice(0);
        try {
          await this.#ask("Giving tickets back", () => this.#trackerOf(id).giveBack(givenBack, waitMs));
        } catch (thrown) {
          log("warn", "tickets.not_given_back", { batch_id: id, error: messageOf(thrown) });
        }
      }),
    );
  }

  #hold(work: PageWork): PageWork {
    this.#held.set(work, Date.now());
    this.#heartbeat ??= setInterval(() => this.#tellTrackers(), settings(this.#env).RENDER_HEARTBEAT_MS);
    return work;
  }

  #release(work: PageWork): void {
    this.#held.delete(work);
    if (this.#held.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  /** Tells each tracker which of its pages are still being rendered. Should it fail, the next one may not. */
  #tellTrackers(): void {
    const renderings = new Map<string, RenderingId[]>();
    for (const [work, since] of this.#held) {
      if (Date.now() - since > MAX_HELD_MS) {
        this.#release(work);
        continue;
      }
      const { idx, rendering } = work.assignment;
      renderings.set(work.batchId, [...(renderings.get(work.batchId) ?? []), { idx, rendering }]);
    }
    for (const [batchId, held] of renderings) {
      const telling = this.#trackerOf(batchId).stillRendering(held);
      withinTime(settings(this.#env).IO_TIMEOUT_MS, "The tracker", telling).catch((thrown) => {
        log("info", "tracker.not_told", { batch_id: batchId, error: messageOf(thrown) });
      });
    }
  }

  async #claim(batch: { id: string; tickets: TicketGroup[] }): Promise<Claim | null> {
    const tickets = batch.tickets.splice(0);
    const id = crypto.randomUUID();
    try {
      return await this.#ask("Claiming", () => this.#trackerOf(batch.id).claim(tickets, 1, id));
    } catch (thrown) {
      log("error", "batch.claim_failed", { batch_id: batch.id, error: messageOf(thrown) });
      return null;
    }
  }

  /** Each of these calls may be repeated. */
  #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    return insist(settings(this.#env).IO_TIMEOUT_MS, what, call, TRIES);
  }
}
