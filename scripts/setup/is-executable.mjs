import { accessSync, constants, statSync } from "node:fs";

/**
 * Whether the path is a file that we may run.
 *
 * @param {string} file
 */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
