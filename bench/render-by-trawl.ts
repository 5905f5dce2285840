import type { TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import type { Receiver } from "../test/receiver/server.ts";

/** Time limit for one batch. */
const limitMs = 10 * 60_000;

/**
 * Renders a batch. Returns the time from the request to the webhook in ms. It does not poll, because that would slow the
 * Worker down.
 *
 * @throws {Error} unless every page was rendered
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
  if (completed_urls !== urls.length)
    throw new Error(`${id} rendered only ${completed_urls} of ${urls.length} pages.`);
  return ms;
}
