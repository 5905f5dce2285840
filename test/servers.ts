/** Starts the test site, the webhook receiver and the DNS resolver for tests that run in workerd and cannot listen themselves. */
import type { TestProject } from "vitest/node";
import { startResolver } from "./net/resolver.ts";
import { startReceiverByUrl } from "./receiver/by-url.ts";
import type { Page } from "./site/page.ts";
import { allPages } from "./site/pages.ts";
import { startSite } from "./site/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The test site's origin. */
    site: string;
    /** The test site's pages, with what whoever renders them must find. */
    pages: Pick<Page, "path" | "title" | "kind" | "expect">[];
    /** The webhook receiver's origin: see receiver/by-url.ts. */
    receiver: string;
    /** The origin of a DNS-over-HTTPS resolver: see net/resolver.ts. */
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
