import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../../scripts/setup/environment.mjs";

interface LockedPackage {
  version?: string;
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockedPackage>;
};

/** Whether the package at `path` finds the package `name`. Like Node, npm looks in each folder upwards. */
function isLocked(name: string, path: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    if (packages[`${folder && `${folder}/`}node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}

// npm leaves a platform's package out of the lock file if its registry does not have it. Then `npm ci` fails on every
// machine. To fix it, add an entry with `version`, `cpu`, `os` and `optional`, like the others.
test("the lock file lists the packages for all platforms", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(name, path))
      .map((name) => `${path} needs ${name}`),
  );
  expect(missing).toEqual([]);
});

test("the lock file contains no registry URLs", () => {
  expect(Object.values(packages).filter((entry) => "resolved" in entry)).toEqual([]);
});
