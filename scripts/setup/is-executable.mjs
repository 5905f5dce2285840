import { accessSync, constants, statSync } from "node:fs";

/**
 * Whether the path is an executable file.
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
