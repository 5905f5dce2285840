/** How many tickets are sent for the pages that wait, and what consumers are told. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dispatch } from "../../src/dispatch/dispatch.ts";
import type { RenderTicket } from "../../src/protocol/ticket.ts";
import type { Announcement } from "../../src/protocol/work.ts";
import { KeptTickets } from "../browsers/own-pool.ts";

const rules = { ticketLease: 20_000, tabs: 8, browsersPerConsumer: 2 };
const plenty = { free: 100 };
const nothingFree = { free: 0 };

let tickets: KeptTickets;
let dispatch: Dispatch;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(0);
  tickets = new KeptTickets();
  dispatch = new Dispatch(tickets.queue, rules);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function announce(batchId: string, change: Partial<Announcement> = {}, now = Date.now()): void {
  const one = { batchId, accountId: `account of ${batchId}`, country: null, waiting: 16, rendering: 0 };
  dispatch.announced({ ...one, ...change }, now);
}

function runner(id: string, country: string | null = null, { beganAt = 0, browsers = 1 } = {}) {
  return { id, country, beganAt, browsers };
}

/** A consumer that has taken a ticket and has a browser. */
function begin(id: string, country: string | null = null): void {
  const sentAt = tickets.sent.find((ticket) => ticket.country === country)?.sentAt ?? null;
  dispatch.arrived(country, sentAt)();
  dispatch.heard(runner(id, country, { beganAt: Date.now() }), Date.now());
}

function countries(): (string | null)[] {
  return tickets.sent.map(({ country }) => country);
}

describe("tickets", () => {
  it("are one for each browser that the pages are worth, and name a country only", async () => {
    vi.setSystemTime(1000);
    announce("one", { waiting: 17 });
    announce("german", { waiting: 16, country: "DE" });
    await dispatch.sendTickets(plenty, Date.now());
    const ticket = { country: null, sentAt: 1000 };
    expect(tickets.sent).toEqual([ticket, ticket, { country: "DE", sentAt: 1000 }]);
  });

  it("are no more than there are browsers to be had", async () => {
    announce("one", { waiting: 4000 });
    await dispatch.sendTickets({ free: 3 }, Date.now());
    expect(tickets.sent).toHaveLength(3);
    await dispatch.sendTickets({ free: 3 }, Date.now());
    expect(tickets.sent).toHaveLength(3);
  });

  it("are shared by countries: what one may have is no longer free for the next", async () => {
    announce("one", { waiting: 32 });
    announce("german", { waiting: 4000, country: "DE" });
    await dispatch.sendTickets({ free: 5 }, Date.now());
    expect(countries()).toEqual([null, null, "DE", "DE", "DE"]);
  });

  it("are not sent while no browser is free", async () => {
    announce("one", { waiting: 4000 });
    await dispatch.sendTickets(nothingFree, Date.now());
    expect(tickets.sent).toEqual([]);
  });

  it("are at most 9 ahead of the consumers, and more once those have browsers", async () => {
    announce("one", { waiting: 4000 });
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(9);
    for (let n = 0; n < 9; n += 1) begin(`${n}`);
    await dispatch.sendTickets({ free: 85 }, Date.now());
    expect(tickets.sent).toHaveLength(18);
  });

  it("are not sent for consumers that wait for a browser", async () => {
    announce("one", { waiting: 32 });
    const left = [dispatch.arrived(null, null), dispatch.arrived(null, null)];
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toEqual([]);
    // One gives up.
    left[0]?.();
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(1);
  });

  it("are not sent for pages that consumers will render with the browsers they have", async () => {
    announce("one", { waiting: 16 });
    await dispatch.sendTickets(plenty, Date.now());
    begin("a consumer");
    dispatch.learned([{ batchId: "one", waiting: 8, rendering: 8 }], Date.now());
    // One browserful in tabs and half a one that waits are worth two browsers.
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(2);
    dispatch.learned([{ batchId: "one", waiting: 0, rendering: 8 }], Date.now());
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(2);
  });

  it("are replaced when they are lost", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    announce("one");
    await dispatch.sendTickets(plenty, 0);
    expect(dispatch.nextDueAt()).toBe(20_000);
    vi.setSystemTime(19_999);
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(1);
    vi.setSystemTime(20_000);
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(2);
    expect(warn.mock.calls.flat().join()).toContain('"event":"tickets.lost","count":1');
  });

  it("are sent 100 in a call at most", async () => {
    const sizes: number[] = [];
    const queue = {
      sendBatch: async (messages: { body: RenderTicket }[]) => void sizes.push(messages.length),
    };
    dispatch = new Dispatch(queue as unknown as Queue<RenderTicket>, rules);
    for (let n = 0; n < 20; n += 1) announce(`${n}`, { waiting: 4000, country: `C${n}` });
    await dispatch.sendTickets({ free: 1000 }, Date.now());
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(180);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  });

  it("that the queue does not accept are sent the next time", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    let isDown = true;
    const queue = {
      sendBatch: async (messages: { body: RenderTicket }[]) => {
        if (isDown) throw new Error("The queue is down.");
        await tickets.queue.sendBatch(messages);
      },
    };
    dispatch = new Dispatch(queue as unknown as Queue<RenderTicket>, rules);
    announce("one", { waiting: 48 });
    await dispatch.sendTickets(plenty, Date.now());
    expect(warn.mock.calls.flat().join()).toContain('"event":"tickets.not_sent"');
    expect(dispatch.nextDueAt()).toBeNull();
    isDown = false;
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(3);
  });

  it("may be picked up before the queue has answered", async () => {
    const queue = {
      sendBatch: async (messages: { body: RenderTicket }[]) => {
        await tickets.queue.sendBatch(messages);
        begin("a fast consumer");
      },
    };
    dispatch = new Dispatch(queue as unknown as Queue<RenderTicket>, rules);
    announce("one");
    await dispatch.sendTickets(plenty, Date.now());
    await dispatch.sendTickets(plenty, Date.now());
    expect(tickets.sent).toHaveLength(1);
    expect(dispatch.nextDueAt()).toBeNull();
  });
});

describe("pages", () => {
  it("are worth another browser while those of the consumers are too few", () => {
    expect(dispatch.isShort(null)).toBe(false);
    announce("one", { waiting: 17 });
    expect([dispatch.isShort(null), dispatch.isShort("DE")]).toEqual([true, false]);
    begin("one");
    expect(dispatch.isShort(null)).toBe(true);
    begin("other");
    expect(dispatch.isShort(null)).toBe(false);
    dispatch.ended("other", Date.now());
    expect(dispatch.isShort(null)).toBe(true);
  });

  it("are not if they are all in tabs", () => {
    announce("one", { waiting: 0, rendering: 80 });
    expect(dispatch.isShort(null)).toBe(false);
  });
});

describe("a running consumer", () => {
  /** A consumer that renders while tickets for others wait. */
  async function withTicketsWaiting(): Promise<void> {
    announce("one", { waiting: 160 });
    await dispatch.sendTickets({ free: 10 }, Date.now());
    begin("a consumer");
  }

  it("is told whose turn it is", () => {
    announce("one");
    announce("german", { country: "DE" });
    begin("a consumer", "DE");
    const { work, mayGoOn } = dispatch.directions(runner("a consumer", "DE"), plenty, Date.now());
    expect(work).toEqual([{ batchId: "german", accountId: "account of german" }]);
    expect(mayGoOn).toBe(true);
  });

  it("calls every two seconds; many take turns, 140 ms after one another, and none waits longer than 15 seconds", () => {
    announce("one");
    const waits: number[] = [];
    for (let n = 1; n <= 200; n += 1) {
      begin(`${n}`);
      waits.push(dispatch.directions(runner(`${n}`), nothingFree, Date.now()).againInMs);
    }
    expect(waits).toEqual(Array.from({ length: 200 }, (_, n) => Math.min(2000 + n * 140, 15_000)));
  });

  it("calls sooner the first time if few others do", () => {
    announce("one");
    expect([1, 2, 3].map(() => dispatch.begun(null, Date.now()).againInMs)).toEqual([500, 640, 780]);
  });

  it("that has as many browsers as it may ends for others once it has run for 5 s", async () => {
    await withTicketsWaiting();
    const full = runner("a consumer", null, { browsers: rules.browsersPerConsumer });
    const mayGoOn = (now: number) => dispatch.directions(full, plenty, now).mayGoOn;
    expect([2001, 4999, 5000].map(mayGoOn)).toEqual([true, true, false]);
  });

  it("goes on if no browser is free for others", async () => {
    await withTicketsWaiting();
    const { mayGoOn } = dispatch.directions(runner("a consumer"), nothingFree, 10_000);
    expect(mayGoOn).toBe(true);
  });

  it("goes on if no ticket waits", async () => {
    announce("one", { waiting: 160 });
    begin("a consumer");
    expect(dispatch.directions(runner("a consumer"), plenty, 10_000).mayGoOn).toBe(true);
  });

  it("may lease more browsers once tickets have waited for a second, as many as are free and it may have", async () => {
    await withTicketsWaiting();
    const more = (browsers: number, free: number, now: number) =>
      dispatch.directions(runner("a consumer", null, { browsers }), { free }, now).moreBrowsers;
    const most = rules.browsersPerConsumer;
    expect([more(1, 9, 1000), more(1, 9, 1001), more(most, 9, 1001)]).toEqual([0, most - 1, 0]);
    expect(more(1, 0, 1001)).toBe(0);
  });

  it("ends for another country's pages if its own has all browsers", async () => {
    announce("one", { waiting: 160 });
    await dispatch.sendTickets({ free: 2 }, Date.now());
    begin("first");
    begin("second");
    announce("german", { country: "DE" });
    expect(dispatch.directions(runner("first"), nothingFree, 6000).mayGoOn).toBe(false);
    expect(dispatch.directions(runner("second"), nothingFree, 6500).mayGoOn).toBe(true);
    // The German pages have a browser now.
    dispatch.ended("first", 6500);
    begin("german", "DE");
    expect(dispatch.directions(runner("second"), nothingFree, 10_000).mayGoOn).toBe(true);
  });

  it("is not ended for another country's if a third has more browsers", () => {
    announce("one", { waiting: 160 });
    announce("french", { waiting: 160, country: "FR" });
    for (const id of ["french 1", "french 2"]) begin(id, "FR");
    begin("first");
    announce("german", { country: "DE" });
    expect(dispatch.directions(runner("first"), nothingFree, 6000).mayGoOn).toBe(true);
    expect(dispatch.directions(runner("french 1", "FR"), nothingFree, 6000).mayGoOn).toBe(false);
  });
});

describe("the state", () => {
  it("says how much work there is, and by how many consumers it is done", () => {
    announce("one", { waiting: 20 });
    announce("other", { waiting: 3 });
    begin("a consumer");
    expect(dispatch.state()).toEqual({
      consumers: 1,
      consumersAreScarce: false,
      batchesWaiting: 2,
      pagesWaiting: 23,
    });
    expect(dispatch.hasWork()).toBe(true);
  });
});
