/** A webhook at the test receiver: a URL that responds as the test says, and the calls it received. */
import { inject } from "vitest";
import type { Reply, WebhookCall } from "../receiver/server.ts";

export interface Hook {
  url: string;
  /** The calls received, oldest first. */
  calls(): Promise<WebhookCall[]>;
}

/** @param replies the responses to the first call, the second, and so on. The last is repeated */
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
