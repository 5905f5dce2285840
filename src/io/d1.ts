/** D1 with a time limit on every call. */
import { withEveryCall } from "./every-call.ts";
import { boundedCall } from "./retry.ts";

export interface D1Rules {
  /** Time limit of each attempt, in ms. */
  limitMs: number;
  /** Attempts of a call that is safe to repeat. */
  attempts: number;
}

/** What an opened database or statement was made from. */
const sources = new WeakMap<D1Database, { d1: D1Database; rules: D1Rules }>();
const statements = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; sql: string }>();

/** Repeats reads that fail. Writes are made once: see `repeatable`. */
export function openD1(d1: D1Database, rules: D1Rules): D1Database {
  return opened(d1, rules, false);
}

/**
 * The database for writes that are safe to repeat: those that fail, or run into the time limit, are repeated. An earlier
 * attempt may still reach D1 after a later one.
 *
 * @param d1 as `openBindings` opened it
 */
export function repeatable(d1: D1Database): D1Database {
  const source = sources.get(d1);
  if (!source) throw new Error("repeatable() takes a database that openBindings() has opened.");
  return opened(source.d1, source.rules, true);
}

function opened(d1: D1Database, rules: D1Rules, repeatsWrites: boolean): D1Database {
  const bounded = (isRead: boolean, call: () => unknown) =>
    boundedCall(
      {
        what: isRead ? "A read from D1" : "A write to D1",
        limitMs: rules.limitMs,
        attempts: isRead || repeatsWrites ? rules.attempts : 1,
        // A read that hung is the caller's to give up. Whether a write took place, only its repeat can tell.
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
        throw new Error(`D1's ${method}() is not bounded: add it to io/d1.ts to use it.`);
    }
  });
  sources.set(result, { d1, rules });
  return result;
}

/** A common table expression can begin a write as well: `WITH … UPDATE`. */
function onlyReads(sql: string): boolean {
  if (/^\s*SELECT\b/i.test(sql)) return true;
  return /^\s*WITH\b/i.test(sql) && !/\b(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql);
}
