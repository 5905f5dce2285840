/** Runs the servers of servers.ts in a thread of their own, so that pages' delays do not depend on what Vitest is doing. */
import { parentPort } from "node:worker_threads";
import { startResolver } from "./net/resolver.ts";
import { startReceiverByUrl } from "./receiver/by-url.ts";
import { startSite } from "./site/server.ts";

/** Origins of the servers. */
export interface Origins {
  /** The test site. */
  site: string;
  /** The webhook receiver: see receiver/by-url.ts. */
  receiver: string;
  /** The DNS-over-HTTPS resolver: see net/resolver.ts. */
  resolver: string;
}

const [site, receiver, resolver] = await Promise.all([startSite(), startReceiverByUrl(), startResolver()]);
const origins: Origins = { site: site.origin, receiver: receiver.origin, resolver: resolver.origin };
parentPort?.postMessage(origins);
