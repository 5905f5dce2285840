/**
 * The 404 problems of the API's objects.
 *
 * An object of another account gets the same response as one that never existed. IDs are cut, because a client can send
 * any text as one.
 */
import { Problem } from "./problem.ts";

const MAX_SHOWN_CHARACTERS = 300;

export function batchNotFound(id: string): Problem {
  return new Problem("batch_not_found", `No such batch: ${quoted(id)}.`);
}

export function contentNotFound(retrieveId: string): Problem {
  return new Problem("content_not_found", `No such content: ${quoted(retrieveId)}.`);
}

/** @param removedAt epoch ms */
export function contentExpired(retrieveId: string, removedAt: number): Problem {
  const day = new Date(removedAt).toISOString().slice(0, 10);
  return new Problem(
    "content_not_found",
    `The content ${quoted(retrieveId)} has expired; it was removed on ${day}.`,
  );
}

export function parserNotFound(id: string, version?: number): Problem {
  const which = version === undefined ? "" : `, version ${version}`;
  return new Problem("not_found", `No such parser: ${quoted(id)}${which}.`);
}

function quoted(id: string): string {
  return JSON.stringify(id.slice(0, MAX_SHOWN_CHARACTERS));
}
