import { isExecutable } from "./is-executable.mjs";

const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable);

/**
 * A command that, on Linux, gets the signal when the process that started it has died, by whatever means: else it would
 * run on for nobody. Where there is no setpriv (util-linux), the command as it is.
 *
 * @param {string[]} command
 * @param {"TERM" | "KILL"} signal
 */
export function endingWithParent(command, signal) {
  return setpriv ? [setpriv, "--pdeathsig", signal, "--", ...command] : command;
}
