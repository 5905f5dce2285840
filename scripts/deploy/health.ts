/** Waits until a deployment answers. */
import { setTimeout as delay } from "node:timers/promises";
import { DeployFailure } from "./failures.ts";

/** A new workers.dev address takes a minute or so to get its certificate. */
const limitMs = 3 * 60_000;
const everyMs = 2000;
const requestLimitMs = 10_000;

/** What `GET /health` answers, or why there is no answer. */
export async function healthOf(url: string): Promise<string> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/health`, {
      signal: AbortSignal.timeout(requestLimitMs),
    });
    const text = await response.text();
    return response.ok ? "up" : `answered ${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}

/** @throws {DeployFailure} if it does not answer in time */
export async function untilHealthy(url: string): Promise<void> {
  for (const end = Date.now() + limitMs; ; await delay(everyMs)) {
    const health = await healthOf(url);
    if (health === "up") return;
    if (Date.now() >= end) {
      throw new DeployFailure(
        `The Worker was deployed, but ${url}/health does not say that it is up: ${health}. Look at its logs, then run this again.`,
      );
    }
  }
}
