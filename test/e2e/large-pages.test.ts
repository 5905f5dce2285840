/** Large pages in a Worker whose heap is limited, as on Cloudflare: over the limit, all that runs in it dies. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTemporaryTrawl, type TemporaryTrawl } from "../../scripts/trawl/temporary-trawl.ts";
import { largeTagPath, largeTextPath } from "../site/pages/large.ts";
import { type Site, startSite } from "../site/server.ts";

/** Half of what a Worker has, so that a few pages suffice. */
const heapMegabytes = 64;

let site: Site;
let trawl: TemporaryTrawl;

beforeAll(async () => {
  site = await startSite();
  trawl = await startTemporaryTrawl("large pages", { v8Flags: [`--max-heap-size=${heapMegabytes}`] });
});

afterAll(async () => {
  await trawl?.stop();
  await site?.close();
});

test("pages of 16 MiB and of 300,000 tags are rendered in eight tabs at the first attempt, and so are those beside them", async () => {
  const { client } = trawl;
  const large = Array.from({ length: 8 }, (_, n) => (n < 6 ? largeTextPath(n) : largeTagPath(n)));
  const paths = [...large, ...Array.from({ length: 20 }, (_, n) => `/tiny/${n}`)];
  const items = paths.map((path) => ({ custom_id: path, url: site.origin + path }));
  const { id } = await client.createBatch({ items });
  const batch = await client.untilCompleted(id, { limitMs: 150_000, everyMs: 250 });
  expect(batch).toMatchObject({ completed_urls: paths.length, failed_urls: 0, number_retried: 0 });
  for (const { attempts, custom_id } of await client.items(id)) expect(attempts, custom_id).toBe(1);
});
