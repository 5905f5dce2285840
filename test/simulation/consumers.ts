/** A queue's consumers: invocations of the Worker's `queue` handler, within the platform's limits. */
import { Autoscaler, type AutoscalerName, type Load } from "./autoscaler.ts";
import type { Timer } from "./clock.ts";
import { Execution } from "./execution.ts";
import { endInvocation } from "./invocation.ts";
import type { Platform } from "./platform.ts";
import type { QueuedMessage, SimulatedQueue } from "./queue.ts";

/** developers.cloudflare.com/queues/platform/limits and …/workers/platform/limits */
const MAX_WALL_MS = 15 * 60_000;
const MAX_CONSUMERS = 250;
const MEMORY_BYTES = 128 * 1024 * 1024;
/** What an isolate takes without any page: an estimate. */
const BASE_BYTES = 24 * 1024 * 1024;

/** A `[[queues.consumers]]` of wrangler.toml. */
export interface ConsumerConfig {
  queue: string;
  max_batch_size?: number;
  /** Seconds. */
  max_batch_timeout?: number;
  max_retries?: number;
  /** Seconds. */
  retry_delay?: number;
  max_concurrency?: number | null;
  dead_letter_queue?: string;
}

export interface ConsumerRules {
  autoscaler: AutoscalerName;
  /** The most at once. */
  limit?: number | undefined;
  /** The chance that a consumer is killed at some moment of its first minute. */
  kills: number;
  /** Memory that a page takes from its capture until it is stored. */
  pageBytes: number;
  /** Processor time that an invocation may use, in ms. */
  cpuLimitMs: number;
}

type Handler = (batch: object, ctx: object) => Promise<void>;

export class Consumers {
  readonly #platform: Platform;
  readonly #queue: SimulatedQueue;
  readonly #deadLetters: SimulatedQueue | undefined;
  readonly #handler: Handler;
  readonly #config: ConsumerConfig;
  readonly #rules: ConsumerRules;
  readonly #scaler: Autoscaler;
  #running = 0;
  #started = 0;
  #isStarting = false;
  /** Until messages have waited for others long enough. */
  #waiting: Timer | undefined;
  max = 0;

  constructor(
    platform: Platform,
    config: ConsumerConfig,
    rules: ConsumerRules,
    queues: ReadonlyMap<string, SimulatedQueue>,
    handler: Handler,
  ) {
    const queue = queues.get(config.queue);
    if (!queue) throw new Error(`There is no queue ${config.queue}.`);
    this.#platform = platform;
    this.#queue = queue;
    this.#deadLetters = queues.get(config.dead_letter_queue ?? "");
    this.#handler = handler;
    this.#config = config;
    this.#rules = rules;
    const limit = Math.min(rules.limit ?? MAX_CONSUMERS, config.max_concurrency ?? MAX_CONSUMERS);
    this.#scaler = new Autoscaler(
      rules.autoscaler,
      { limit, batchSize: this.#batchSize },
      platform.clock,
      (scale) => {
        scale(this.#load());
        this.#startMore();
      },
    );
    queue.onReady = () => this.#startSoon();
  }

  get running(): number {
    return this.#running;
  }

  get started(): number {
    return this.#started;
  }

  get #batchSize(): number {
    return this.#config.max_batch_size ?? 10;
  }

  /** Soon, so that messages sent in one call are delivered together. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    this.#platform.clock.after(0, () => {
      this.#isStarting = false;
      this.#startMore();
    });
  }

  #startMore(): void {
    const { clock } = this.#platform;
    while (this.#running < this.#scaler.allowed && this.#queue.backlog > 0) {
      const waitsUntil = (this.#queue.oldestSince ?? 0) + (this.#config.max_batch_timeout ?? 5) * 1000;
      if (this.#queue.backlog < this.#batchSize && clock.now < waitsUntil) {
        clock.cancel(this.#waiting);
        this.#waiting = clock.at(waitsUntil, () => this.#startMore());
        return;
      }
      const messages = this.#queue.take(this.#batchSize);
      this.#running += 1;
      this.max = Math.max(this.max, this.#running);
      clock.after(this.#platform.oneWayMs(), () => void this.#consume(messages));
    }
  }

  async #consume(messages: QueuedMessage[]): Promise<void> {
    const { meter } = this.#platform;
    this.#started += 1;
    meter.queueOperations += messages.length;
    for (const message of messages) message.attempts += 1;
    const results = new Results(messages, this.#config.retry_delay ?? 0);
    const execution = new Execution(`consumer ${this.#started}`);
    const isDone = await this.#run(execution, (ctx) => this.#handler(results.batch(this.#queue.name), ctx));
    if (!isDone) results.fail();
    for (const message of results.acknowledged()) if (message) meter.queueOperations += 1;
    for (const [message, delayMs] of results.retried()) this.#retry(message, delayMs);
    this.#ended();
  }

  /** Runs the invocation. Returns whether it ended well. */
  #run(execution: Execution, code: (ctx: object) => Promise<void>): Promise<boolean> {
    const { clock, meter, numbers } = this.#platform;
    meter.invocations += 1;
    return new Promise((resolve) => {
      const kill = () => {
        meter.consumersKilled += 1;
        end(false);
      };
      const timers = [clock.after(MAX_WALL_MS, kill)];
      if (numbers.chance(this.#rules.kills)) timers.push(clock.after(numbers.between(0, 60_000), kill));
      const end = (isDone: boolean) => {
        if (execution.isOver) return;
        for (const timer of timers) clock.cancel(timer);
        endInvocation(execution, meter);
        resolve(isDone);
      };
      execution.onUse = () => {
        const isOverCpu = execution.cpuMs > this.#rules.cpuLimitMs;
        const isOverMemory = BASE_BYTES + execution.pages * this.#rules.pageBytes > MEMORY_BYTES;
        if ((isOverCpu || isOverMemory) && !execution.isOver) kill();
      };
      const waiting: Promise<unknown>[] = [];
      const ctx = { waitUntil: (promise: Promise<unknown>) => waiting.push(promise) };
      const running = execution.run(async () => {
        await code(ctx);
        await Promise.allSettled(waiting);
      });
      running.then(
        () => end(true),
        (thrown) => {
          console.error(JSON.stringify({ level: "error", event: "consumer.threw", error: String(thrown) }));
          end(false);
        },
      );
    });
  }

  #retry(message: QueuedMessage, delayMs: number): void {
    const { meter } = this.#platform;
    if (message.attempts <= (this.#config.max_retries ?? 3)) {
      this.#queue.put(message, delayMs);
      return;
    }
    meter.queueOperations += 1;
    if (!this.#deadLetters) return;
    meter.messageSent(this.#deadLetters.name);
    this.#deadLetters.put({ ...message, attempts: 0 }, 0);
  }

  #ended(): void {
    this.#running -= 1;
    this.#scaler.consumerEnded(this.#load());
    this.#startMore();
  }

  #load(): Load {
    const { backlog, sentAt } = this.#queue;
    return { backlog, running: this.#running, quietMs: this.#platform.clock.now - sentAt };
  }
}

/** What becomes of a delivery's messages. */
class Results {
  readonly #messages: QueuedMessage[];
  readonly #delayMs: number;
  /** Retries in ms of delay; null if acknowledged. */
  readonly #decided = new Map<QueuedMessage, number | null>();

  constructor(messages: QueuedMessage[], retryDelaySeconds: number) {
    this.#messages = messages;
    this.#delayMs = retryDelaySeconds * 1000;
  }

  /** What the handler gets. */
  batch(queue: string): object {
    const decide = (message: QueuedMessage, delay: number | null) => {
      if (!this.#decided.has(message)) this.#decided.set(message, delay);
    };
    const delayOf = (options?: { delaySeconds?: number }) =>
      options?.delaySeconds === undefined ? this.#delayMs : options.delaySeconds * 1000;
    return {
      queue,
      messages: this.#messages.map((message) => ({
        ...message,
        ack: () => decide(message, null),
        retry: (options?: { delaySeconds?: number }) => decide(message, delayOf(options)),
      })),
      ackAll: () => this.#messages.map((message) => decide(message, null)),
      retryAll: (options?: { delaySeconds?: number }) =>
        this.#messages.map((message) => decide(message, delayOf(options))),
    };
  }

  /** The invocation failed: what it has not decided is delivered again. */
  fail(): void {
    for (const message of this.#messages) {
      if (!this.#decided.has(message)) this.#decided.set(message, this.#delayMs);
    }
  }

  acknowledged(): QueuedMessage[] {
    return this.#messages.filter((message) => (this.#decided.get(message) ?? null) === null);
  }

  retried(): [QueuedMessage, number][] {
    return [...this.#decided].flatMap(([message, delay]): [QueuedMessage, number][] =>
      delay === null ? [] : [[message, delay]],
    );
  }
}
