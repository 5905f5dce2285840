/** What is kept of an attempt to deliver an event. */
import type { DeliveryRow } from "../db/deliveries.ts";
import { newId } from "../text/id.ts";
import type { AttemptResult } from "./send.ts";

export function attemptRecord(
  about: Pick<DeliveryRow, "batchId" | "event" | "attempt" | "startedAt">,
  { durationMs, ok, httpStatus, error }: AttemptResult,
): DeliveryRow {
  return {
    id: newId("delivery"),
    ...about,
    durationMs,
    delivered: ok,
    httpStatus,
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
  };
}
