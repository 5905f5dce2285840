import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { root } from "../../../scripts/setup/environment.mjs";
import { crons, queues } from "../../../src/triggers.ts";

const config = unstable_readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });

test("the queues that the code knows are those of wrangler.toml", () => {
  const { producers } = config.queues;
  const consumers: { queue: string; dead_letter_queue?: string }[] = config.queues.consumers ?? [];
  expect(consumers.map(({ queue }) => queue).sort()).toEqual(Object.values(queues).sort());
  expect(producers).toMatchObject([{ binding: "RENDER_QUEUE", queue: queues.tickets }]);
  const ofTickets = consumers.find(({ queue }) => queue === queues.tickets);
  expect(ofTickets?.dead_letter_queue).toBe(queues.deadTickets);
});

test("the crons that the code knows are those of wrangler.toml", () => {
  expect(config.triggers.crons?.toSorted()).toEqual(Object.values(crons).toSorted());
});
