/** Tickets whose consumers died each time. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import type { RenderTicket } from "../../src/protocol/ticket.ts";
import { queues } from "../../src/triggers.ts";

it("are acknowledged, and the operator is told how many there were", async () => {
  const lines: string[] = [];
  const error = vi.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
  const dead = [null, "DE", null].map((country, n) => ({
    id: `${n}`,
    timestamp: new Date(),
    attempts: 1,
    body: { country, sentAt: 1 },
  }));
  const messages = createMessageBatch<RenderTicket>(queues.deadTickets, dead);
  const ctx = createExecutionContext();
  await worker.queue(messages, env);
  error.mockRestore();
  expect(await getQueueResult(messages, ctx)).toMatchObject({ outcome: "ok", retryMessages: [] });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { event: "tickets.dead", country: null, count: 2 },
    { event: "tickets.dead", country: "DE", count: 1 },
  ]);
});
