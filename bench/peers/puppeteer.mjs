/**
 * Renders pages with plain Puppeteer: one browser whose tabs are reused.
 *
 * Run by bench/peers.ts with a job as its argument. Prints how long the timed pages took, as JSON.
 */
import puppeteer from "puppeteer";
import { checked, job, unwantedPatterns } from "./job.mjs";

const { warmUp, urls, tabs, quietMs, executable } = job();

const browser = await puppeteer.launch({ executablePath: executable });
const pages = await Promise.all(Array.from({ length: tabs }, () => openTab()));
await renderAll(warmUp);
const startedAt = performance.now();
await renderAll(urls);
console.log(JSON.stringify({ ms: performance.now() - startedAt }));
await browser.close();

async function openTab() {
  const page = await browser.newPage();
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  await session.send("Network.setBlockedURLs", { urls: unwantedPatterns.map((pattern) => `*${pattern}*`) });
  return page;
}

async function renderAll(all) {
  const waiting = all.values();
  await Promise.all(
    pages.map(async (page) => {
      for (const url of waiting) {
        await page.goto(url);
        await page.waitForNetworkIdle({ idleTime: quietMs });
        checked(url, await page.title(), await page.content());
      }
    }),
  );
}
