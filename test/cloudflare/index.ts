/**
 * The fake as a program: prints what to put into the environment, then each call, until it is ended.
 *
 *     node scripts/setup/index.mjs test/cloudflare/index.ts [PORT]
 */
import { Cloudflare } from "./server.ts";

const fake = await Cloudflare.start(Number(process.argv[2] ?? 0));
const account = fake.addAccount({ name: "A test account" });
fake.addToken("a-test-token", [account]);
console.log(`export CLOUDFLARE_API_BASE_URL=${fake.baseUrl}`);
console.log("export CLOUDFLARE_API_TOKEN=a-test-token");
console.log(`# The account's id is ${account.id}.`);
const logged = fake.calls.push.bind(fake.calls);
fake.calls.push = (...calls) => {
  for (const { method, path, isWrite } of calls)
    console.log(`${isWrite ? "write" : "read "} ${method} ${path}`);
  return logged(...calls);
};
