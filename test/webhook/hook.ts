/** A webhook at the tests' receiver: an address that answers as the test says, and what was sent to it. */
import { inject } from "vitest";
import type { Reply, WebhookCall } from "../receiver/server.ts";

export interface Hook {
  url: string;
  /** What has come in, oldest first. */
  calls(): Promise<WebhookCall[]>;
}

/** @param replies the answers to the first call, the second, …; the last is given again */
export function newHook(replies: Reply[] = [{}]): Hook {
  const name = crypto.randomUUID();
  const receiver = inject("receiver");
  return {
    url: `${receiver}/hook/${name}?replies=${encodeURIComponent(JSON.stringify(replies))}`,
    async calls() {
      const answer = await fetch(`${receiver}/calls/${name}`);
      return (await answer.json()) as WebhookCall[];
    },
  };
}
