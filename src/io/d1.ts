/** D1 with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall, type CallLimits } from "./retry.ts";

/** Opened databases and statements, with what they were opened from. */
const databases = new WeakMap<D1Database, { d1: D1Database; limits: CallLimits }>();
const statements = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; sql: string }>();

/** Returns the database with a time limit on every call. Repeats reads that fail, but not writes: see `repeatable`. */
export function openD1(d1: D1Database, limits: CallLimits): D1Database {
  return open(d1, limits, false);
}

/**
 * Returns the database for writes that are safe to repeat. Those that fail or reach their time limit are repeated. An
 * earlier attempt may still have its effect after a later one.
 *
 * @param d1 opened by `openBindings`
 */
export function repeatable(d1: D1Database): D1Database {
  const source = databases.get(d1);
  if (!source) throw new Error("repeatable() takes a database that openBindings() has opened.");
  return open(source.d1, source.limits, true);
}

function open(d1: D1Database, limits: CallLimits, repeatsWrites: boolean): D1Database {
  const bounded = (isRead: boolean, call: () => unknown) =>
    boundedCall(
      {
        what: isRead ? "A read from D1" : "A write to D1",
        limitMs: limits.limitMs,
        attempts: isRead || repeatsWrites ? limits.attempts : 1,
        // Giving up on a read does no harm. Whether a write had its effect is unknown until it is repeated.
        repeatsTimeouts: !isRead,
      },
      async () => call(),
    );

  const openStatement = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const isRead = onlyReads(sql);
    const result = withEveryCall(statement, (method, call) =>
      method === "bind" ? openStatement(call() as D1PreparedStatement, sql) : bounded(isRead, call),
    );
    statements.set(result, { statement, sql });
    return result;
  };

  const result = withEveryCall(d1, (method, call, args) => {
    switch (method) {
      case "prepare":
        return openStatement(call() as D1PreparedStatement, String(args[0]));
      case "batch": {
        const given = (args[0] as D1PreparedStatement[]).map(
          (one) => statements.get(one) ?? { statement: one, sql: "" },
        );
        const isRead = given.every(({ sql }) => onlyReads(sql));
        return bounded(isRead, () => d1.batch(given.map(({ statement }) => statement)));
      }
      default:
        throw new Error(`D1's ${method}() has no time limit. Add it to io/d1.ts to use it.`);
    }
  });
  databases.set(result, { d1, limits });
  return result;
}

/** Whether a statement changes nothing. Writes can start with a common table expression, too: `WITH … UPDATE`. */
function onlyReads(sql: string): boolean {
  if (/^\s*SELECT\b/i.test(sql)) return true;
  return /^\s*WITH\b/i.test(sql) && !/\b(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql);
}
