/** The calls that the webhook receiver got. */
import { inject } from "vitest";

export interface HookCall {
  id: string;
  data: Record<string, unknown>;
  delivered: boolean;
}

/** The calls for this hook. Those that got the last of the replies count as delivered. */
export async function callsOf(hook: string): Promise<HookCall[]> {
  const answer = await fetch(`${inject("receiver")}/calls/${hook}`);
  const calls = (await answer.json()) as { path: string; json: { id: string; data: HookCall["data"] } }[];
  return calls.map(({ path, json }, n) => {
    const replies = JSON.parse(new URL(path, "http://receiver").searchParams.get("replies") ?? "[{}]");
    return { ...json, delivered: n >= replies.length - 1 };
  });
}
