import { Problem } from "./problem.ts";

export function contentNotFound(retrieveId: string): Problem {
  return new Problem("content_not_found", `There is no content ${JSON.stringify(retrieveId.slice(0, 100))}.`);
}

/** @param removedAt epoch ms */
export function contentExpired(retrieveId: string, removedAt: number): Problem {
  const day = new Date(removedAt).toISOString().slice(0, 10);
  return new Problem("content_not_found", `The content ${retrieveId} has expired; it was removed on ${day}.`);
}
