/** Reads `deployments/<target>.json`: what somebody decided about a deployment. What exists, the account itself says. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { UsageError } from "../command-line/arguments.ts";
import { root } from "../setup/environment.mjs";

/** The target of a command that names none. Needs no file. */
export const defaultTarget = "default";

const targetName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Queues and Workers have names of at most 63 characters, and the longest suffix is `-render-dead`. */
const workerName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,49}[a-z0-9]$/,
    "must be 2 to 51 lowercase letters, digits and hyphens, from a letter on",
  );

const route = z.union([
  z.string(),
  z.strictObject({
    pattern: z.string(),
    zone_name: z.string().optional(),
    zone_id: z.string().optional(),
    custom_domain: z.boolean().optional(),
  }),
]);

const targetSchema = z.strictObject({
  account_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal digits, as in the dashboard's address")
    .optional(),
  name: workerName.default("trawl"),
  profile: z.enum(["paid", "free"]).optional(),
  /** Variables of src/settings.ts. */
  vars: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  routes: z.array(route).default([]),
  /** Where D1 and R2 keep their data. */
  jurisdiction: z.enum(["eu", "fedramp"]).optional(),
  /** Where the deployment is reached, if not at its workers.dev address. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** The account's workers.dev subdomain, to be registered if it has none. */
  subdomain: z.string().optional(),
});

export type Target = z.output<typeof targetSchema> & {
  /** The file's name without `.json`. */
  target: string;
};

/** Where `deployments/` is, unless a flag names another folder. */
export const targetsFolder = join(root, "deployments");

/**
 * The target's settings. `overrides` come from flags; those that are undefined do not count.
 *
 * @throws {UsageError} if the file is missing or breaks a rule. The default target needs no file
 */
export function readTarget(
  target: string,
  overrides: Partial<z.input<typeof targetSchema>> = {},
  folder = targetsFolder,
): Target {
  if (!targetName.test(target)) {
    throw new UsageError(
      `A target's name must be lowercase letters, digits and hyphens, got ${JSON.stringify(target)}.`,
    );
  }
  const file = join(folder, `${target}.json`);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const parsed = targetSchema.safeParse({ ...contentOf(file, target, folder), ...given });
  if (parsed.success) return { ...parsed.data, target };
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.join(".") || "the file"}: ${message}`,
  );
  throw new UsageError(`Target ${target} (${file}): ${faults.join("; ")}.`);
}

/** The names of all targets in the folder, sorted. */
export function listTargets(folder = targetsFolder): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort();
}

function contentOf(file: string, target: string, folder: string): object {
  if (!existsSync(file)) {
    if (target === defaultTarget) return {};
    const known = listTargets(folder).join(", ") || "none";
    throw new UsageError(`There is no target ${target}: ${file} does not exist. Targets: ${known}.`);
  }
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}
