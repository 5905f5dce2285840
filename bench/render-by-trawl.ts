/** Trawl as a contestant: batches through `wrangler dev`, timed as a client sees them. */
import type { TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import type { Receiver } from "../test/receiver/server.ts";

/** A batch may take this long. */
const limitMs = 10 * 60_000;

/**
 * Has a batch rendered. Answers how long it took from the request until its webhook came, in ms: nobody polls, since
 * that would take from the speed that is measured.
 *
 * @throws Error unless every page was rendered
 */
export async function renderByTrawl(
  { client }: TemporaryTrawl,
  receiver: Receiver,
  urls: string[],
): Promise<number> {
  const items = urls.map((url, n) => ({ custom_id: String(n), url }));
  const startedAt = performance.now();
  const { id } = await client.createBatch({ items, webhook: receiver.url });
  await receiver.waitFor(({ json }) => (json as { data?: { id?: string } })?.data?.id === id, limitMs);
  const ms = performance.now() - startedAt;

  const { completed_urls } = await client.batch(id);
  if (completed_urls !== urls.length) throw new Error(`${completed_urls} of ${urls.length} pages: ${id}`);
  return ms;
}
