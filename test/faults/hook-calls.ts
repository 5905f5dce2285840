/** What the webhook receiver has been sent. */
import { inject } from "vitest";

export interface HookCall {
  id: string;
  data: Record<string, unknown>;
  delivered: boolean;
}

/** What the receiver got. A call was delivered when it was answered with the last of the replies. */
export async function callsOf(hook: string): Promise<HookCall[]> {
  const answer = await fetch(`${inject("receiver")}/calls/${hook}`);
  const calls = (await answer.json()) as { path: string; json: { id: string; data: HookCall["data"] } }[];
  return calls.map(({ path, json }, n) => {
    const replies = JSON.parse(new URL(path, "http://receiver").searchParams.get("replies") ?? "[{}]");
    return { ...json, delivered: n >= replies.length - 1 };
  });
}
