/** Whether a browser can show a page. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A page whose title only appears when its script has run. */
const page = "data:text/html,<script>document.title=6*7</script>";
const titleShown = "42";

const startLimitMs = 30_000;

/**
 * Starts the browser, has it run a page's script, and ends it.
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
    const { Browser: version } = /** @type {{ Browser: string }} */ (await answer(`${origin}/json/version`));
    await fetch(`${origin}/json/new?${encodeURIComponent(page)}`, { method: "PUT" });
    await untilTitle(origin);
    return { works: true, version };
  } catch (error) {
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    endGroup(browser.pid);
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
      () => reject(new Error(`not up after ${startLimitMs / 1000} s. ${output}`)),
      startLimitMs,
    );
    browser.once("close", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${signal ?? code}. ${output.trim()}`));
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
    const targets = /** @type {{ title: string }[]} */ (await answer(`${origin}/json/list`));
    if (targets.some(({ title }) => title === titleShown)) return;
  }
  throw new Error("it starts, but shows no page");
}

/**
 * @param {string} url
 * @returns {Promise<unknown>}
 */
async function answer(url) {
  return (await fetch(url)).json();
}

/** @param {number | undefined} pid */
function endGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
