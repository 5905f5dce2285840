/**
 * Three projects: `worker` runs in workerd with the bindings of wrangler.toml, `node` tests what runs in Node, and `e2e`
 * drives `wrangler dev` as a client would.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const workerTests = {
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations("./migrations"),
          ALLOW_PRIVATE_NETWORK: "true",
          URL_SIGNING_SECRET: "a secret that signs hosted URLs in tests",
          ADMIN_TOKEN: "the operator's token in tests",
          MAX_BROWSERS: "3",
          LAUNCH_INTERVAL_MS: "0",
        },
      },
    }),
  ],
  test: {
    name: "worker",
    include: ["test/**/*.test.ts"],
    exclude: ["test/node/**", "test/e2e/**"],
    globalSetup: ["./test/servers.ts"],
    setupFiles: ["./test/migrate.ts"],
    testTimeout: 30_000,
  },
};

const nodeTests = {
  test: { name: "node", include: ["test/node/**/*.test.ts"], testTimeout: 30_000 },
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

// What the Worker logs is shown for tests that fail.
export default defineConfig({
  test: { silent: "passed-only", projects: [workerTests, nodeTests, e2eTests] },
});
