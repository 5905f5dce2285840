/** How long pages took, from what the Worker logs of them. */
import * as z from "zod";

const lineSchema = z.object({
  event: z.enum(["item.completed", "item.failed"]),
  batch_id: z.string(),
  item: z.int(),
  ms: z.number().optional(),
});

/**
 * Rendering times in ms, by the item's place in the batch. Those whose line is no longer in the output are absent.
 *
 * @param output what `wrangler dev` has printed; it decorates warnings
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
    return undefined; // Cut off where the kept output begins.
  }
}
