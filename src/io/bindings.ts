/** The bindings with a time limit on every call, so that no code has to remember one. */
import { type Env, settingOrDefault } from "../settings.ts";
import { openD1 } from "./d1.ts";
import { type MethodRules, openNamespace } from "./durable-objects.ts";
import { withEveryCall } from "./every-call.ts";
import { openR2 } from "./r2.ts";
import { boundedCall } from "./retry.ts";

const ATTEMPTS = 3;

/** By attempts, so that the handlers and the Durable Objects can share an environment. */
const known = new Map<number, WeakMap<Env, Env>>();

/**
 * The environment with bindings that answer within IO_TIMEOUT_MS or throw a TimeLimitError that names the call. Calls
 * that are safe to repeat are repeated when they fail. Every handler and Durable Object opens its environment first.
 *
 * Not included: Browser Run, which browsers/ calls.
 *
 * @param options.attempts attempts of a call that is safe to repeat; 1 where the caller repeats what failed by itself
 */
export function openBindings(env: Env, { attempts = ATTEMPTS } = {}): Env {
  const ofAttempts = known.get(attempts) ?? new WeakMap<Env, Env>();
  known.set(attempts, ofAttempts);
  const opened = ofAttempts.get(env) ?? open(env, attempts);
  ofAttempts.set(env, opened);
  return opened;
}

function open(env: Env, attempts: number): Env {
  const limitMs = settingOrDefault(env, "IO_TIMEOUT_MS");
  return {
    ...env,
    // A missing binding stays missing, so that only what needs it fails.
    DB: env.DB && openD1(env.DB, { limitMs, attempts }),
    CONTENT: env.CONTENT && openR2(env.CONTENT, limitMs, attempts),
    // A ticket that is sent twice only costs its consumer one question.
    RENDER_QUEUE: env.RENDER_QUEUE && openCalls(env.RENDER_QUEUE, "The queue", limitMs, attempts),
    RATE_LIMIT: env.RATE_LIMIT && openCalls(env.RATE_LIMIT, "The rate limit", limitMs, 1),
    TEST_RATE_LIMIT: env.TEST_RATE_LIMIT && openCalls(env.TEST_RATE_LIMIT, "The rate limit", limitMs, 1),
    BATCH_TRACKER:
      env.BATCH_TRACKER && openNamespace(env.BATCH_TRACKER, "The tracker", (method) => trackerRules(method)),
    BROWSER_POOL:
      env.BROWSER_POOL && openNamespace(env.BROWSER_POOL, "The browser pool", (method) => poolRules(method)),
  };

  function trackerRules(method: string): MethodRules {
    // The next heartbeat makes up for one that failed.
    return { limitMs, attempts: method === "stillRendering" ? 1 : attempts };
  }

  function poolRules(method: string): MethodRules {
    // The pool waits up to IO_TIMEOUT_MS for a launch. If its answer is lost, the lease is held until it runs out, and
    // a repeat would take another.
    if (method === "lease") return { limitMs: 2 * limitMs, attempts: 1 };
    return { limitMs, attempts };
  }
}

function openCalls<T extends object>(binding: T, what: string, limitMs: number, attempts: number): T {
  return withEveryCall(binding, (method, call) =>
    boundedCall({ what: `${what}'s ${method}()`, limitMs, attempts, repeatsTimeouts: false }, async () =>
      call(),
    ),
  );
}
