/**
 * Test projects: `worker` runs in workerd with the bindings of wrangler.toml, each file with storage and browsers of its
 * own. `content` does too, but its files share them: they leave next to nothing behind, and a Worker for each would cost
 * more than the tests. `api` has no queue consumer, so that a test decides how an item ends (test/api/finish-items.ts).
 * Its files do not share: batches that never end would keep their trackers busy through all later tests. `faults` injects
 * faults into every binding. `node` tests code that runs in Node. `deploy` runs the real wrangler against a fake of
 * Cloudflare's API. `e2e` uses `wrangler dev` as a client would.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { toolEnvironment } from "./scripts/setup/environment.mjs";

// Lets `npx vitest` find the same Node and browser as `npm test`.
Object.assign(process.env, toolEnvironment());

/** Conditions that a test waits for, in ms. A busy machine takes long. */
const expectations = { poll: { timeout: 20_000 } };

/** API tests that need the consumer, or work with it. */
const withConsumer = ["health", "quick-start", "running-parsers", "webhook-deliveries"];

const TEST_MIGRATIONS = await readD1Migrations("./migrations");

/** Folders whose tests share a Worker. */
const sharing = ["account", "content", "documents", "net", "parsers", "text"];

/** @param main the Worker whose handlers and Durable Objects the tests use */
function inWorkerd(name: string, main: string, include: string[], exclude: string[], isolate = true) {
  return {
    plugins: [
      cloudflareTest({
        main,
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            TEST_MIGRATIONS,
            ALLOW_PRIVATE_NETWORK: "true",
            LOG_LEVEL: "debug",
            URL_SIGNING_SECRET: "a secret that signs hosted URLs in tests",
            ADMIN_TOKEN: "the operator's token in these tests",
            MAX_BROWSERS: "3",
            LAUNCH_INTERVAL_MS: "0",
          },
          ratelimits: { TIGHT_RATE_LIMIT: { namespace_id: "1", simple: { limit: 3, period: 60 } } },
        },
      }),
    ],
    test: {
      name,
      include,
      exclude,
      isolate,
      globalSetup: ["./test/servers.ts"],
      setupFiles: ["./test/migrate.ts"],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      expect: expectations,
    },
  };
}

const workerTests = inWorkerd(
  "worker",
  "./src/index.ts",
  ["test/**/*.test.ts"],
  [
    "test/node/**",
    "test/e2e/**",
    "test/deploy/**",
    "test/faults/**",
    "test/batch/**",
    `test/(${sharing.join("|")})/**`,
    `test/api/!(${withConsumer.join("|")}).test.ts`,
  ],
);

const contentTests = inWorkerd(
  "content",
  "./src/index.ts",
  sharing.map((folder) => `test/${folder}/**/*.test.ts`),
  [],
  false,
);

const apiTests = inWorkerd(
  "api",
  "./test/api/worker-without-consumer.ts",
  ["test/api/*.test.ts", "test/batch/*.test.ts"],
  withConsumer.map((name) => `test/api/${name}.test.ts`),
);

const faults = inWorkerd("faults", "./test/faults/worker.ts", ["test/faults/**/*.test.ts"], []);
/** The Worker with injected faults. A stand-in renders the pages. */
const faultTests = {
  ...faults,
  resolve: {
    alias: [
      {
        find: /^.*\/render-page\.ts$/,
        replacement: `${import.meta.dirname}/test/faults/fake-render-page.ts`,
      },
    ],
  },
  test: {
    ...faults.test,
    provide: {
      faults: { runs: Number(process.env.FAULT_RUNS ?? 16), seed: Number(process.env.FAULT_SEED ?? 1) },
    },
  },
};

const nodeTests = {
  test: { name: "node", include: ["test/node/**/*.test.ts"], testTimeout: 60_000, expect: expectations },
};

const deployTests = {
  test: { name: "deploy", include: ["test/deploy/**/*.test.ts"], testTimeout: 180_000, hookTimeout: 120_000 },
};

const e2eTests = {
  test: {
    name: "e2e",
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
};

// The Worker's log is shown only for tests that fail. Test files spend much of their time starting, so two run at a time even
// on two cores, except those of `e2e`.
export default defineConfig({
  test: {
    silent: "passed-only",
    maxWorkers: 2,
    projects: [workerTests, contentTests, apiTests, faultTests, nodeTests, deployTests, e2eTests],
  },
});
