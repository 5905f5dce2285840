/** Makes lines of what `wrangler tail --format json` prints: one JSON object for each invocation of the Worker. */

interface Invocation {
  outcome: string;
  eventTimestamp: number | null;
  exceptions: { name: string; message: string; timestamp: number }[];
  logs: { message: unknown[]; level: string; timestamp: number }[];
}

/** One event of the log: see src/text/log.ts. */
export interface LogEvent {
  /** ISO 8601. */
  time: string;
  level: string;
  event: string;
  [field: string]: unknown;
}

export interface Filter {
  batch?: string | undefined;
  /** Place in its batch, from 0. */
  item?: number | undefined;
}

/** Splits indented JSON objects, one after another, that arrive in pieces. */
export class InvocationReader {
  #rest = "";

  /** @returns the invocations that are complete */
  read(piece: string): Invocation[] {
    const lines = (this.#rest + piece).split("\n");
    const found: Invocation[] = [];
    let begun: string[] = [];
    for (const line of lines.slice(0, -1)) {
      // Before the first object, and between objects, wrangler may print other lines.
      if (begun.length === 0 && line !== "{") continue;
      begun.push(line);
      if (line !== "}") continue;
      found.push(JSON.parse(begun.join("\n")) as Invocation);
      begun = [];
    }
    this.#rest = [...begun, lines.at(-1)].join("\n");
    return found;
  }
}

/** The events of an invocation. What is not Trawl's own, and how an invocation failed, become events, too. */
export function eventsOf({ outcome, eventTimestamp, exceptions, logs }: Invocation): LogEvent[] {
  const at = (ms: number | null) => new Date(ms ?? Date.now()).toISOString();
  const events = logs.map(({ message, level, timestamp }): LogEvent => {
    const text = message.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" ");
    return ownEvent(text) ?? { time: at(timestamp), level: levelOf(level), event: "console", message: text };
  });
  for (const { name, message, timestamp } of exceptions) {
    events.push({ time: at(timestamp), level: "error", event: "exception", message: `${name}: ${message}` });
  }
  if (outcome !== "ok" && outcome !== "canceled") {
    events.push({ time: at(eventTimestamp), level: "error", event: "invocation.failed", outcome });
  }
  return events;
}

export function matches(event: LogEvent, { batch, item }: Filter): boolean {
  return (batch === undefined || event.batch_id === batch) && (item === undefined || event.item === item);
}

/** Such as `12:30:01.250  warn   item.failed  batch_id=batch_1 item=3 message="Not found"`. */
export function lineOf({ time, level, event, ...fields }: LogEvent): string {
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
  return [time.slice(11, 23), ` ${level.padEnd(5)}`, ` ${event}`, rest.length > 0 ? ` ${rest.join(" ")}` : ""]
    .join(" ")
    .trimEnd();
}

function ownEvent(text: string): LogEvent | undefined {
  try {
    const parsed = JSON.parse(text) as LogEvent;
    const isOwn = [parsed.time, parsed.level, parsed.event].every((field) => typeof field === "string");
    return isOwn ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function levelOf(level: string): string {
  return level === "log" ? "info" : level;
}

/** Quoted where it would not be one word. JSON's escapes leave no control character for the terminal. */
function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}
