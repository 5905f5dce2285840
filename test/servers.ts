/** Starts the test site, the webhook receiver and the DNS resolver for tests in workerd, which cannot listen on ports. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { TestProject } from "vitest/node";
import type { Origins } from "./server-thread.ts";
import type { Page } from "./site/page.ts";
import { allPages } from "./site/pages.ts";

declare module "vitest" {
  interface ProvidedContext extends Origins {
    /** The test site's pages and their expectations. */
    pages: Pick<Page, "path" | "title" | "kind" | "expect">[];
  }
}

export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const thread = new Worker(`${import.meta.dirname}/server-thread.ts`);
  const [origins] = (await once(thread, "message")) as [Origins];
  project.provide("site", origins.site);
  project.provide("receiver", origins.receiver);
  project.provide("resolver", origins.resolver);
  project.provide(
    "pages",
    allPages.map(({ path, title, kind, expect }) => ({ path, title, kind, expect })),
  );
  return async () => {
    await thread.terminate();
  };
}
