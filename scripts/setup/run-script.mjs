import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root, toolEnvironment } from "./environment.mjs";

/**
 * Runs a script of this repository with the Node and the environment that the tools need.
 *
 * @param {string} script path from the repository's root
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export function runScript(script, args) {
  const child = spawn("node", [script, ...args], { cwd: root, env: toolEnvironment(), stdio: "inherit" });
  // A terminal sends Ctrl-C to the child too, which decides when to end. Other signals must be passed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
