/**
 * The queue's consumer: renders pages of the batches that sent the tickets, in several tabs of a browser, until there
 * are none or the run has lasted long enough.
 *
 * A ticket is used up once a consumer has it, whatever comes of it. The tracker sends new ones for the pages left.
 */
import { NoBrowserError, withBrowser } from "../browsers/lease.ts";
import type { RenderTicket, TicketGroup } from "../protocol/ticket.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import { Renderer } from "../render/renderer.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { PageClaims } from "./page-claims.ts";
import { TabWorker } from "./tab-worker.ts";

/** The pages that need a browser in one country. */
interface CountryRun {
  country: string | null;
  claims: PageClaims;
}

/**
 * Consumes tickets, one country after another: the tabs and pages of one browser are what an isolate's memory (128 MB)
 * has room for. Countries share the run's time. They come in random order, so that none is always last.
 *
 * Tickets of countries that have not begun after half of TICKET_LEASE_MS are given back: soon their trackers would
 * count them as lost. It also keeps the invocation far below its limit of 15 minutes, even if every page hangs.
 *
 * Does not throw.
 *
 * @param trackerOf returns a batch's tracker
 */
export async function consumeTickets(
  tickets: readonly RenderTicket[],
  env: Env,
  trackerOf: (batchId: string) => TrackerCalls,
): Promise<void> {
  const { CONSUMER_RUN_MS, TICKET_LEASE_MS } = settings(env);
  const countries = ticketsByCountry(tickets);
  const runMs = CONSUMER_RUN_MS / countries.size;
  const waiting: CountryRun[] = Array.from(countries, ([country, batches]) => ({
    country,
    claims: new PageClaims(env, batches, trackerOf, runMs),
  }));

  let givenBack: Promise<unknown> = Promise.resolve();
  const timer = setTimeout(() => {
    givenBack = Promise.all(waiting.splice(0).map(({ claims }) => claims.giveBackTickets(0)));
  }, TICKET_LEASE_MS / 2);
  for (let next = takeRandom(waiting); next; next = takeRandom(waiting)) await renderCountry(env, next);
  clearTimeout(timer);
  await givenBack;
}

/** Renders a country's pages in one browser. Does not throw. */
async function renderCountry(env: Env, { country, claims }: CountryRun): Promise<void> {
  // Tickets may be out of date: a browser is leased only when there is a page for it.
  const first = await claims.next();
  if (!first) return;
  try {
    await withBrowser(env, country, async (leased) => {
      const renderer = new Renderer(env, country);
      const tabs = Array.from({ length: settings(env).TABS_PER_LEASE }, (_, n) =>
        new TabWorker(env, leased, renderer, claims).run(n === 0 ? first : null),
      );
      await Promise.all(tabs);
    });
  } catch (thrown) {
    if (thrown instanceof NoBrowserError) {
      const { waitMs } = thrown;
      const released = claims.report(first, { kind: "released", retryAfterMs: waitMs });
      await Promise.all([released, claims.giveBackTickets(waitMs)]);
      return;
    }
    log("error", "consumer.run_failed", { country, error: messageOf(thrown) });
  }
  // If the browser broke, tickets are left.
  await claims.giveBackTickets(0);
}

/** Tickets by country, then by batch id. */
function ticketsByCountry(tickets: readonly RenderTicket[]): Map<string | null, Map<string, TicketGroup[]>> {
  const countries = new Map<string | null, Map<string, TicketGroup[]>>();
  for (const { batch, country, sentAt } of tickets) {
    const batches = countries.get(country) ?? new Map<string, TicketGroup[]>();
    const groups = batches.get(batch) ?? [];
    const group = groups.find((some) => some.sentAt === sentAt);
    if (group) group.count += 1;
    else groups.push({ sentAt, count: 1 });
    countries.set(country, batches.set(batch, groups));
  }
  return countries;
}

function takeRandom<T>(list: T[]): T | undefined {
  return list.splice(Math.floor(Math.random() * list.length), 1)[0];
}
