/** What is logged about a report: how the item ended, or why it is tried again. */
import type { Report } from "../protocol/report.ts";
import type { LogFields, LogLevel } from "../text/log.ts";
import type { ReportEffect } from "./ledger.ts";

export function logOfReport(
  { idx: item, rendering, outcome }: Report,
  effect: ReportEffect,
): [level: LogLevel, event: string, fields: LogFields] {
  const event = `item.${effect}`;
  if (outcome.kind === "released") return ["debug", event, { item, rendering }];
  const fields = { item, rendering, http_status: outcome.httpStatus, ms: outcome.ms };
  if (outcome.kind === "rendered") return [effect === "completed" ? "info" : "debug", event, fields];
  const cause = { code: outcome.code, error: outcome.message };
  return [effect === "failed" ? "warn" : "info", event, { ...fields, ...cause }];
}
