/**
 * An item's `retrieve_id`: the random part of its batch's id and its position in the request, such as `4fQ…_17`. It is
 * derived, never stored, and identifies the item's row.
 */
const prefix = "batch_";
const form = /^([0-9A-Za-z]{1,64})_(0|[1-9][0-9]{0,8})$/;

/** The `retrieve_id` of the item at position `idx`, from 0. */
export function retrieveId(batchId: string, idx: number): string {
  return `${batchId.slice(prefix.length)}_${idx}`;
}

/** The batch and position that a `retrieve_id` names, or null if it is malformed. The item may not exist. */
export function parseRetrieveId(id: string): { batchId: string; idx: number } | null {
  const match = form.exec(id);
  return match ? { batchId: `${prefix}${match[1]}`, idx: Number(match[2]) } : null;
}
