import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Its script sets the title, so the title shows that scripts run. */
const page = "data:text/html,<script>document.title=6*7</script>";
const expectedTitle = "42";

const startLimitMs = 30_000;

/**
 * Starts a browser, checks that it can run a page's script, and kills it.
 *
 * @param {string} executable
 * @returns {Promise<{ works: true, version: string } | { works: false, reason: string }>}
 */
export async function showsPage(executable) {
  const profile = mkdtempSync(join(tmpdir(), "trawl-browser-"));
  const browser = spawn(
    executable,
    ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  const exited = new Promise((resolve) => browser.once("close", resolve));
  try {
    const origin = await devToolsOrigin(browser);
    const { Browser: version } = /** @type {{ Browser: string }} */ (await json(`${origin}/json/version`));
    await fetch(`${origin}/json/new?${encodeURIComponent(page)}`, { method: "PUT" });
    await untilTitle(origin);
    return { works: true, version };
  } catch (error) {
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    killGroup(browser.pid);
    await exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/**
 * @param {import("node:child_process").ChildProcess} browser
 * @returns {Promise<string>}
 */
function devToolsOrigin(browser) {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`it did not start within ${startLimitMs / 1000} s. ${output}`)),
      startLimitMs,
    );
    browser.once("close", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`it exited with ${signal ?? `code ${code}`}. ${output.trim()}`));
    });
    browser.once("error", reject);
    browser.stderr?.setEncoding("utf8").on("data", (chunk) => {
      output = (output + chunk).slice(-2000);
      const address = /DevTools listening on ws:\/\/([^/]+)/.exec(output)?.[1];
      if (address) resolve(`http://${address}`);
    });
  });
}

/** @param {string} origin */
async function untilTitle(origin) {
  for (const end = Date.now() + startLimitMs; Date.now() < end; await delay(20)) {
    const targets = /** @type {{ title: string }[]} */ (await json(`${origin}/json/list`));
    if (targets.some(({ title }) => title === expectedTitle)) return;
  }
  throw new Error("it started, but did not run the page's script");
}

/**
 * @param {string} url
 * @returns {Promise<unknown>}
 */
async function json(url) {
  return (await fetch(url)).json();
}

/** @param {number | undefined} pid */
function killGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}
