/**
 * Renders pages with Crawlee's PuppeteerCrawler, with its defaults except for the number of tabs.
 *
 * Run by bench/peers.ts with a job as its argument. Prints how long the timed pages took, as JSON.
 */
import { Configuration, PuppeteerCrawler } from "@crawlee/puppeteer";
import { checked, job, unwantedPatterns } from "./job.mjs";

const { warmUp, urls, tabs, quietMs, executable } = job();

let startedAt = 0;
let failed = "";

const crawler = new PuppeteerCrawler(
  {
    minConcurrency: tabs,
    maxConcurrency: tabs,
    launchContext: { launchOptions: { executablePath: executable } },
    preNavigationHooks: [({ blockRequests }) => blockRequests({ urlPatterns: unwantedPatterns })],
    async requestHandler({ page, request }) {
      await page.waitForNetworkIdle({ idleTime: quietMs });
      checked(request.url, await page.title(), await page.content());
      // The clock starts when the last warm-up page ends. Pages in progress at that moment count in full.
      if (request.url === warmUp.at(-1)) startedAt = performance.now();
    },
    failedRequestHandler({ request }, error) {
      failed ||= `${request.url}: ${error.message}`;
    },
  },
  new Configuration({ persistStorage: false }),
);
const { requestsFinished } = await crawler.run([...warmUp, ...urls]);
const ms = performance.now() - startedAt;
if (failed || requestsFinished !== warmUp.length + urls.length) {
  throw new Error(failed || `${requestsFinished} pages`);
}
console.log(JSON.stringify({ ms }));
