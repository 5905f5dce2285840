/** Gives each test file a database with all tables. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
      /** Three calls a minute per key. */
      TIGHT_RATE_LIMIT: RateLimit;
    }
  }
}

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
