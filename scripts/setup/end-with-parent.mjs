import { isExecutable } from "./is-executable.mjs";

const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable);

/**
 * Wraps a command so that on Linux, its process gets a signal when its parent dies, even from SIGKILL. Without setpriv
 * (from util-linux), returns the command unchanged.
 *
 * @param {string[]} command
 * @param {"TERM" | "KILL"} signal
 */
export function endWithParent(command, signal) {
  return setpriv ? [setpriv, "--pdeathsig", signal, "--", ...command] : command;
}
