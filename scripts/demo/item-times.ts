import * as z from "zod";

const lineSchema = z.object({
  event: z.enum(["item.completed", "item.failed"]),
  batch_id: z.string(),
  item: z.int(),
  ms: z.number().optional(),
});

/**
 * Reads rendering times in ms from the Worker's log, keyed by the item's index in the batch. Items whose log line is no
 * longer in the output are missing.
 *
 * @param output the output of `wrangler dev`, which decorates warnings
 */
export function itemTimes(output: string, batchId: string): Map<number, number> {
  const times = new Map<number, number>();
  for (const [json] of output.matchAll(/\{"time":.*\}/g)) {
    const { data } = lineSchema.safeParse(parsed(json));
    if (data?.batch_id === batchId && data.ms !== undefined) times.set(data.item, data.ms);
  }
  return times;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // Cut off at the start of the kept output.
  }
}
