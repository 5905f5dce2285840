/** Starts the test site, the webhook receiver and the DNS resolver for tests in workerd, which cannot listen on ports. */
import type { TestProject } from "vitest/node";
import { startResolver } from "./net/resolver.ts";
import { startReceiverByUrl } from "./receiver/by-url.ts";
import type { Page } from "./site/page.ts";
import { allPages } from "./site/pages.ts";
import { startSite } from "./site/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Origin of the test site. */
    site: string;
    /** The test site's pages and their expectations. */
    pages: Pick<Page, "path" | "title" | "kind" | "expect">[];
    /** Origin of the webhook receiver: see receiver/by-url.ts. */
    receiver: string;
    /** Origin of the DNS-over-HTTPS resolver: see net/resolver.ts. */
    resolver: string;
  }
}

export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const [site, receiver, resolver] = await Promise.all([startSite(), startReceiverByUrl(), startResolver()]);
  project.provide("site", site.origin);
  project.provide("receiver", receiver.origin);
  project.provide("resolver", resolver.origin);
  project.provide(
    "pages",
    allPages.map(({ path, title, kind, expect }) => ({ path, title, kind, expect })),
  );
  return async () => {
    await Promise.all([site.close(), receiver.close(), resolver.close()]);
  };
}
