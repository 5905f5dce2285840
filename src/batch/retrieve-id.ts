/**
 * An item's `retrieve_id`: the random part of its batch's id and its place in the request, `4fQ…_17`. It is derived,
 * never stored, and leads straight to the item's row.
 */
const prefix = "batch_";
const form = /^([0-9A-Za-z]{1,64})_(0|[1-9][0-9]{0,8})$/;

/** The `retrieve_id` of the item at place `idx` (from 0). */
export function retrieveId(batchId: string, idx: number): string {
  return `${batchId.slice(prefix.length)}_${idx}`;
}

/** What a `retrieve_id` names, or null if it is none. That there is such an item is another question. */
export function parseRetrieveId(id: string): { batchId: string; idx: number } | null {
  const match = form.exec(id);
  return match ? { batchId: `${prefix}${match[1]}`, idx: Number(match[2]) } : null;
}
