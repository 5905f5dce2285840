/** Runs one of the repository's scripts with the Node and the environment that the tools need. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root, toolEnvironment } from "./environment.mjs";

/**
 * @param {string} script its path from the root
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runScript(script, args) {
  const child = spawn("node", [script, ...args], { cwd: root, env: toolEnvironment(), stdio: "inherit" });
  // A terminal's Ctrl-C reaches the child as well: it decides when to end. Other signals are sent to us alone.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
