/**
 * Runs one schedule: accepts, renders and delivers a batch while calls fail as the seed decides, and then checks the
 * invariants. Throws if one does not hold.
 */
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { issueKey } from "../../src/account/issue-key.ts";
import { batchTracker } from "../../src/batch/tracker.ts";
import { browserPool } from "../../src/browsers/pool.ts";
import { database } from "../../src/db/client.ts";
import worker from "../../src/index.ts";
import type { RenderTicket } from "../../src/protocol/ticket.ts";
import type { Env } from "../../src/settings.ts";
import { queues } from "../../src/triggers.ts";
import { faultyBindings } from "./bindings.ts";
import { pass, withinRealSeconds } from "./fast-clock.ts";
import { livingProcess, type Process } from "./faults.ts";
import { callsOf } from "./hook-calls.ts";
import { checkInvariants, type Outcome } from "./invariants.ts";
import { logOf } from "./kept-logs.ts";
import type { QueuedMessage } from "./queue.ts";
import { World, worldOf } from "./world.ts";

/** The longest that a batch and its webhook take once all faults are over, in ms. */
const PATIENCE_MS = 15 * 60_000;
/** How often the driver does what is due, and checks the batch's progress, in ms of the fast clock. */
const STEP_MS = 250;
const CHECK_MS = 5000;
/** A late write has taken effect after this many ms: see faults.ts. */
const LATEST_WRITE_MS = 45_000;
/** A client gives up on a response after this many ms. */
const CLIENT_PATIENCE_MS = 90_000;
const MAX_CONSUMERS = 3;
/** Deliveries of a message before it goes to the dead-letter queue, as in wrangler.toml. */
const MAX_DELIVERIES = 4;
/** More than any schedule takes, with others running at the same time. */
const MAX_REAL_SECONDS = 180;

export async function runSchedule(seed: number): Promise<void> {
  const schedule = new Schedule(seed);
  try {
    await withinRealSeconds(MAX_REAL_SECONDS, () => schedule.stage, schedule.run());
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    throw new Error(`Seed ${seed}: ${message}\n${schedule.story()}`);
  }
}

class Schedule {
  readonly #world: World;
  #consumers = 0;
  /** Bindings of this world without faults. */
  readonly #calm: Env;
  readonly #killRate: number;
  #key = "";
  #batchId = "";
  /** What it is doing, to explain one that hangs. */
  stage = "Beginning";

  constructor(seed: number) {
    this.#world = new World(seed);
    this.#killRate = this.#world.random.pick("consumers killed", [0, 0.1, 0.1, 0.6]);
    this.#calm = faultyBindings(env, this.#world, { ...livingProcess(), isCalm: true });
  }

  story(): string {
    const { faults, random } = this.#world;
    const happened = ["Faults:", ...faults.happened.slice(-60)];
    const logged = ["The end of the log:", ...logOf(this.#batchId, `browser-${random.seed}-`).slice(-60)];
    return [...happened, ...logged].join("\n");
  }

  async run(): Promise<void> {
    const { random, faults } = this.#world;
    const name = `world ${random.seed} ${crypto.randomUUID()}`;
    const { key, account } = await issueKey(database(env.DB), name);
    this.#key = key;
    this.#world.add(account.id);
    await env.DB.prepare("UPDATE accounts SET credit_limit = 1000 WHERE id = ?").bind(account.id).run();
    const hook = `hook-${random.seed}-${crypto.randomUUID()}`;
    const replies = random.pick("webhook's replies", [
      "[{}]",
      "[{}]",
      "[{}]",
      '[{"status":500},{}]',
      '["close",{}]',
    ]);
    const webhook = `${inject("receiver")}/hook/${hook}?replies=${encodeURIComponent(replies)}`;

    this.stage = "Accepting the batch";
    const batchId = await this.#accept(webhook, account.id);
    this.#batchId = batchId;
    const outcome: Outcome = { world: this.#world, env: this.#calm, key, account, batchId, hook };
    await this.#untilDelivered(outcome);
    this.stage = "Checking";
    faults.end();
    const before = await checkInvariants(outcome);
    this.stage = "Bringing everything again";
    await this.#bringEverythingAgain(batchId);
    this.stage = "Checking again";
    const after = await checkInvariants(outcome);
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      throw new Error(
        `Late messages changed something:\n${JSON.stringify(before)}\n${JSON.stringify(after)}`,
      );
    }
  }

  /** Does what a client does: repeats the request, with the same key, until it gets a response. */
  async #accept(webhook: string, accountId: string): Promise<string> {
    const { random, urls, faults } = this.#world;
    const items = urls.map((url, n) => ({ custom_id: `page-${n}`, url }));
    const hasKey = random.chance("idempotency key", 0.6);
    const headers = {
      Authorization: `Bearer ${this.#key}`,
      "Content-Type": "application/json",
      ...(hasKey ? { "Idempotency-Key": "the one" } : {}),
    };
    for (let tries = 0; tries < 60; tries += 1) {
      const process = livingProcess();
      if (random.chance("request is killed", 0.3)) process.callsLeft = random.whole("request's life", 0, 8);
      const bindings = faultyBindings(env, this.#world, process);
      const answering = this.#request(bindings, "/v1/batches", {
        method: "POST",
        headers,
        body: JSON.stringify({ items, webhook }),
      });
      const patience = pass(CLIENT_PATIENCE_MS).then(() => undefined);
      const answer = await Promise.race([this.#unlessKilled(process, answering), patience]);
      if (answer?.status === 200) return ((await answer.json()) as { id: string }).id;
      if (hasKey) {
        await pass(random.between("client waits", 1000, faults.areOver ? 70_000 : 20_000));
        continue;
      }
      // Without a key, a client cannot repeat the request. But if the batch was written, even late, it must complete.
      await pass(LATEST_WRITE_MS);
      const written = await this.#writtenBatch(accountId);
      if (written) return written;
    }
    throw new Error("The batch was never accepted, although it was sent 60 times.");
  }

  async #writtenBatch(accountId: string): Promise<string | undefined> {
    const found = env.DB.prepare("SELECT id FROM batches WHERE account_id = ?").bind(accountId);
    return (await found.first<{ id: string }>())?.id;
  }

  async #request(bindings: Env, path: string, init: RequestInit): Promise<Response> {
    const ctx = createExecutionContext();
    const request = new Request(new URL(path, "https://trawl.test"), init);
    const answer = await worker.fetch(request as never, bindings, ctx);
    await waitOnExecutionContext(ctx);
    return answer;
  }

  async #untilDelivered({ batchId, hook }: Outcome): Promise<void> {
    const { random, faults } = this.#world;
    const startedAt = Date.now();
    const restarts = this.#moments("restarts", 4);
    const poolRestarts = this.#moments("pool's restarts", 1);
    const cancelAt = random.chance("cancelled", 0.12)
      ? startedAt + random.between("cancelled at", 0, 30_000)
      : null;
    let cancelled = cancelAt === null;
    let sweepAt = startedAt + 60_000;
    let checkAt = startedAt;
    let calmSince: number | null = null;
    for (;;) {
      const now = Date.now();
      if (faults.areOver) calmSince ??= now;
      this.#startConsumers();
      if (restarts[0] !== undefined && now >= restarts[0]) {
        restarts.shift();
        this.stage = "Restarting the tracker";
        await restart(batchTracker(this.#calm, batchId));
      }
      if (poolRestarts[0] !== undefined && now >= poolRestarts[0]) {
        poolRestarts.shift();
        this.stage = "Restarting the pool";
        await restart(browserPool(this.#calm));
      }
      if (!cancelled && cancelAt !== null && now >= cancelAt) {
        cancelled = true;
        this.stage = "Cancelling";
        await this.#request(this.#calm, `/v1/batches/${batchId}/cancel`, {
          method: "POST",
          headers: { Authorization: `Bearer ${this.#key}` },
        });
      }
      if (now >= sweepAt) {
        sweepAt = now + 60_000;
        this.stage = "Sweeping";
        await this.#sweep();
      }
      if (now >= checkAt) {
        checkAt = now + CHECK_MS;
        this.stage = "Checking progress";
        const called = await callsOf(hook);
        const status = await this.#statusOf(batchId);
        if (called.length > 0 && status !== "completed")
          throw new Error("The webhook came before completion.");
        if (called.some(({ delivered }) => delivered)) return;
        if (calmSince !== null && now - calmSince > PATIENCE_MS) {
          throw new Error(`The batch is ${status}; the webhook was tried ${called.length} times.`);
        }
      }
      await pass(STEP_MS);
    }
  }

  async #statusOf(batchId: string): Promise<string | undefined> {
    const found = env.DB.prepare("SELECT status FROM batches WHERE id = ?").bind(batchId);
    return (await found.first<{ status: string }>())?.status;
  }

  #moments(name: string, most: number): number[] {
    const { random } = this.#world;
    const count = random.whole(name, 0, most);
    return Array.from({ length: count }, () => Date.now() + random.between(`${name} at`, 0, 90_000)).sort(
      (one, other) => one - other,
    );
  }

  #startConsumers(): void {
    const { queue, faults, random } = this.#world;
    while (this.#consumers < MAX_CONSUMERS) {
      const messages = queue.due();
      if (messages.length === 0) return;
      const process = livingProcess();
      if (!faults.areOver && random.chance("consumer is killed", this.#killRate)) {
        process.callsLeft = random.whole("consumer's life", 0, 25);
      }
      this.#consumers += 1;
      this.#consume(messages, process).finally(() => {
        this.#consumers -= 1;
      });
    }
  }

  /** One run of the consumer, and what the queue does after it. */
  async #consume(messages: QueuedMessage[], process: Process): Promise<void> {
    const { queue, random } = this.#world;
    const delivered = messages.map((message) => ({ ...message, attempts: message.attempts + 1 }));
    const dead = delivered.filter(({ attempts }) => attempts > MAX_DELIVERIES);
    const living = delivered.filter(({ attempts }) => attempts <= MAX_DELIVERIES);
    await Promise.all([
      this.#deliver(queues.deadTickets, dead, livingProcess()).catch(() => {}),
      this.#deliver(queues.tickets, living, process).catch((thrown) => {
        if (!process.isDead) throw thrown;
      }),
    ]);
    if (process.isDead) queue.putBack(living, random.between("delivered again", 1000, 10_000));
  }

  async #deliver(name: string, messages: QueuedMessage[], process: Process): Promise<void> {
    if (messages.length === 0) return;
    const batch = createMessageBatch<RenderTicket>(
      name,
      messages.map(({ id, body, attempts }) => ({ id, body, attempts, timestamp: new Date() })),
    );
    const ctx = createExecutionContext();
    const running = Promise.resolve(worker.queue(batch, faultyBindings(env, this.#world, process)));
    await this.#unlessKilled(process, running);
    if (process.isDead) return;
    const { retryMessages } = await getQueueResult(batch, ctx);
    const again = new Set(retryMessages.map(({ msgId }) => msgId));
    this.#world.queue.putBack(
      messages.filter(({ id }) => again.has(id)),
      30_000,
    );
  }

  /** The result, or undefined if the process is killed before there is one. */
  async #unlessKilled<T>(process: Process, running: Promise<T>): Promise<T | undefined> {
    let isOver = false;
    const watch = async () => {
      while (!process.isDead && !isOver) await pass(500);
      return undefined;
    };
    try {
      return await Promise.race([running, watch()]);
    } finally {
      isOver = true;
    }
  }

  /** Does what the cron trigger does each minute. It also wakes batches of other worlds, which stay in theirs. */
  async #sweep(): Promise<void> {
    const running = "SELECT id, account_id AS account FROM batches WHERE status = 'in_progress'";
    const { results } = await env.DB.prepare(running).all<{ id: string; account: string }>();
    for (const { id, account } of results) worldOf(account)?.add(id);
    await worker.scheduled({} as never, faultyBindings(env, this.#world, livingProcess())).catch(() => {});
  }

  /** Delivers every ticket ever sent again, and every conceivable report. */
  async #bringEverythingAgain(batchId: string): Promise<void> {
    const { queue, urls } = this.#world;
    const messages = queue.sent
      .slice(0, 100)
      .map((body, n) => ({ id: `late-${n}`, body, dueAt: 0, attempts: 0 }));
    await this.#deliver(queues.tickets, messages, livingProcess());
    await this.#deliver(queues.deadTickets, messages, livingProcess());
    const tracker = batchTracker(this.#calm, batchId);
    for (let idx = -1; idx <= urls.length; idx += 1) {
      await tracker.exchange({
        id: crypto.randomUUID(),
        consumer: "late",
        reports: [
          {
            idx,
            rendering: 1,
            outcome: { kind: "failed", code: "timeout", message: "Late.", transient: true },
          },
          { idx, rendering: 1, outcome: { kind: "released", retryAfterMs: 0 } },
          { idx, rendering: 2, outcome: { kind: "rendered", httpStatus: 201 } },
        ],
        renewals: [{ idx, rendering: 1 }],
        needed: 3,
        ahead: 3,
      });
    }
    await restart(tracker);
    await batchTracker(this.#calm, batchId).cancel(batchId);
    await batchTracker(this.#calm, batchId).start(batchId);
    await pass(5000);
  }
}

/** Ends the object at once, with all that is in memory or under way, as if its machine died. */
async function restart(stub: DurableObjectStub): Promise<void> {
  try {
    await runInDurableObject(stub, (_, state) => state.abort("The machine died."));
  } catch {
    // Aborting makes the call fail.
  }
}
