/** The Worker's bindings with a time limit on every call, so that no caller has to set one. */
import { type Env, settingOrDefault } from "../settings.ts";
import { openD1 } from "./d1.ts";
import { openNamespace } from "./durable-objects.ts";
import { withEveryCall } from "./every-call.ts";
import { openR2 } from "./r2.ts";
import { boundedCall, type CallLimits } from "./retry.ts";

const ATTEMPTS = 3;

/** Opened environments by their number of attempts, since the handlers and the Durable Objects may share one. */
const known = new Map<number, WeakMap<Env, Env>>();

/**
 * Returns the environment with bindings whose calls answer within IO_TIMEOUT_MS or throw a TimeLimitError that names the
 * call. Calls that are safe to repeat are repeated if they fail. Every handler and Durable Object opens its environment
 * first. Browser Run is not included: see browsers/browser-run.ts.
 *
 * @param options.attempts for calls that are safe to repeat. 1 if the caller itself repeats what failed
 */
export function openBindings(env: Env, { attempts = ATTEMPTS } = {}): Env {
  const ofAttempts = known.get(attempts) ?? new WeakMap<Env, Env>();
  known.set(attempts, ofAttempts);
  const opened = ofAttempts.get(env) ?? open(env, attempts);
  ofAttempts.set(env, opened);
  return opened;
}

function open(env: Env, attempts: number): Env {
  const limits = { limitMs: settingOrDefault(env, "IO_TIMEOUT_MS"), attempts };
  const once = { ...limits, attempts: 1 };
  // The pool itself waits up to IO_TIMEOUT_MS for a launch. If its answer is lost, the lease is held until it runs out,
  // and a repeated call would take another.
  const lease = { limitMs: 2 * limits.limitMs, attempts: 1 };
  return {
    ...env,
    // A missing binding stays missing, so that only what needs it fails.
    DB: env.DB && openD1(env.DB, limits),
    CONTENT: env.CONTENT && openR2(env.CONTENT, limits),
    // A ticket that is sent twice costs its consumer one call to the pool.
    RENDER_QUEUE: env.RENDER_QUEUE && openBinding(env.RENDER_QUEUE, "The queue", limits),
    RATE_LIMIT: env.RATE_LIMIT && openBinding(env.RATE_LIMIT, "The rate limit", once),
    TEST_RATE_LIMIT: env.TEST_RATE_LIMIT && openBinding(env.TEST_RATE_LIMIT, "The rate limit", once),
    BATCH_TRACKER: env.BATCH_TRACKER && openNamespace(env.BATCH_TRACKER, "The tracker", () => limits),
    // A follower that waits for a line is not a call that has not answered.
    BATCH_FEED: env.BATCH_FEED && openNamespace(env.BATCH_FEED, "The batch's feed", () => once),
    BROWSER_POOL:
      env.BROWSER_POOL &&
      openNamespace(env.BROWSER_POOL, "The browser pool", (name) => {
        if (name === "lease" || name === "leaseTab" || name === "begin") return lease;
        // It is followed by the next one anyway.
        return name === "renew" ? once : limits;
      }),
  };
}

function openBinding<T extends object>(binding: T, what: string, limits: CallLimits): T {
  return withEveryCall(binding, (method, call) =>
    boundedCall({ what: `${what}'s ${method}()`, ...limits, repeatsTimeouts: false }, async () => call()),
  );
}
