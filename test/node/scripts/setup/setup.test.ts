import { readdirSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { RepositoryCopy } from "./repository-copy.ts";

const everything = [
  "npm ci --loglevel=error --no-progress",
  "browser chrome",
  "wrangler d1 migrations apply DB --local",
];

test("a fresh clone gets packages, a browser, secrets and a database, each step in a line", () => {
  using copy = new RepositoryCopy();
  const { status, stdout, stderr, calls } = copy.setUp();
  expect({ status, stdout, calls }).toEqual({ status: 0, stdout: "", calls: everything });
  expect(
    stderr
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[0]),
  ).toEqual(["packages", "node", "browser", "secrets", "database"]);
});

test("run again, it calls nothing", () => {
  using copy = new RepositoryCopy();
  copy.setUp();
  const secrets = copy.read(".dev.vars");
  const again = copy.setUp();
  expect(again).toMatchObject({ status: 0, calls: [] });
  expect(copy.read(".dev.vars")).toBe(secrets);
});

test("ahead of a script, it says nothing when all is in place, and passes arguments, environment and exit code on", () => {
  using copy = new RepositoryCopy();
  copy.setUp();
  copy.write(
    "script.mjs",
    "console.log(process.argv.slice(2).join(), process.env.XDG_CACHE_HOME); process.exit(7);",
  );
  const { status, stdout, stderr } = copy.setUp(["script.mjs", "--one", "two"]);
  expect({ status, stdout, stderr }).toEqual({
    status: 7,
    stdout: `--one,two ${copy.path(".cache")}\n`,
    stderr: "",
  });
});

test.each([
  ["a package was removed", (copy: RepositoryCopy) => copy.remove("node_modules/wrangler")],
  [
    "an installation was broken off",
    (copy: RepositoryCopy) => copy.remove("node_modules/.package-lock.json"),
  ],
  [
    "the lock file moved on",
    (copy: RepositoryCopy) =>
      copy.write("package-lock.json", copy.read("package-lock.json").replace("5.0.0", "5.0.1")),
  ],
])("installs again when %s", (_, change) => {
  using copy = new RepositoryCopy();
  copy.setUp();
  change(copy);
  expect(copy.setUp().calls).toContain(everything[0]);
});

test("a failed installation stops set-up and says what to do", () => {
  using copy = new RepositoryCopy();
  const { status, stderr, calls } = copy.setUp([], { NPM_FAILS: "1" });
  expect({ status, calls }).toEqual({ status: 1, calls: [everything[0]] });
  expect(stderr).toContain("Check the network");
  expect(stderr).not.toContain("    at ");
});

test.each([
  ["the local state was removed", (copy: RepositoryCopy) => copy.remove(".wrangler")],
  [
    "the database file alone was removed",
    (copy: RepositoryCopy) => copy.remove(".wrangler/state/v3/d1/objects/main.sqlite"),
  ],
  [
    "the database was removed and made anew without them",
    (copy: RepositoryCopy) => {
      copy.write(".wrangler/state/v3/d1/objects/other.sqlite", "");
      copy.remove(".wrangler/state/v3/d1/objects/main.sqlite");
      copy.write(".wrangler/state/v3/d1/objects/third.sqlite", "");
      copy.write(".wrangler/state/v3/d1/objects/main.sqlite", "");
    },
  ],
  [
    "a migration came",
    (copy: RepositoryCopy) => copy.write("migrations/0001_more.sql", "CREATE TABLE c (d TEXT);\n"),
  ],
  [
    "the configuration names another database",
    (copy: RepositoryCopy) => copy.write("wrangler.toml", 'name = "other"\n'),
  ],
])("applies the migrations again when %s", (_, change) => {
  using copy = new RepositoryCopy();
  copy.setUp();
  change(copy);
  expect(copy.setUp().calls).toEqual([everything[2]]);
});

test("failed migrations stop set-up with wrangler's reason", () => {
  using copy = new RepositoryCopy();
  const { status, stderr } = copy.setUp([], { WRANGLER_FAILS: "1" });
  expect(status).toBe(1);
  expect(stderr).toContain("no such table");
  expect(stderr).toContain("remove .wrangler/state");
});

test("secrets: 32 random bytes each, for the owner alone; what is there stays", () => {
  using copy = new RepositoryCopy();
  copy.write(".dev.vars", "ADMIN_TOKEN=mine\nMAX_ATTEMPTS=5");
  copy.setUp();
  expect(copy.read(".dev.vars")).toMatch(
    /^ADMIN_TOKEN=mine\nMAX_ATTEMPTS=5\nURL_SIGNING_SECRET="[\w-]{43}"\n$/,
  );
  expect(statSync(copy.path(".dev.vars")).mode & 0o777).toBe(0o600);
});

/** Where miniflare looks, on this platform. */
function launcher(copy: RepositoryCopy): string {
  const files = readdirSync(copy.path(".cache/.wrangler/chrome"), { recursive: true, encoding: "utf8" });
  const name = files.find((file) => /(\/chrome|for Testing)$/.test(file));
  return copy.read(`.cache/.wrangler/chrome/${name}`);
}

test("CHROME_PATH comes first, and another one later is taken up", () => {
  using copy = new RepositoryCopy();
  copy.browser("bin/chromium");
  copy.setUp();
  expect(launcher(copy)).toContain(`# executable: ${copy.path("chrome")}\n`);
  const other = copy.browser("other");
  expect(copy.setUp([], { CHROME_PATH: other }).calls).toEqual(["browser other"]);
  expect(launcher(copy)).toContain(`# executable: ${other}\n`);
});

test.each([
  ["is not there", "nowhere", "not an executable"],
  ["shows no page", "broken", "cannot open display"],
])("a CHROME_PATH that %s stops set-up", (_, name, reason) => {
  using copy = new RepositoryCopy();
  copy.browser("broken", { works: false });
  const { status, stderr } = copy.setUp([], { CHROME_PATH: copy.path(name) });
  expect(status).toBe(1);
  expect(stderr).toContain(`CHROME_PATH is ${copy.path(name)}`);
  expect(stderr).toContain(reason);
});

/** The npm package with its Chromium inflated, as after an earlier set-up. */
function withNpmChromium(copy: RepositoryCopy): void {
  const lock = JSON.parse(copy.read("package-lock.json"));
  lock.packages["node_modules/@sparticuz/chromium"] = { version: "1.0.0" };
  copy.write("package-lock.json", JSON.stringify(lock));
  copy.write(
    "npm.js",
    copy.read("npm.js").replace('{ main: "index.js" }', '{ main: "index.js", version: "1.0.0" }'),
  );
  copy.browser(".cache/chromium-1.0.0/chromium");
}

test("Chrome comes before Chromium, and one that shows no page is passed over", () => {
  using copy = new RepositoryCopy();
  withNpmChromium(copy);
  copy.browser("bin/google-chrome", { works: false });
  copy.browser("bin/chromium");
  const { status, stderr } = copy.setUp([], { CHROME_PATH: "" });
  expect(status).toBe(0);
  expect(stderr).toMatch(/bin\/google-chrome shows no page: .*cannot open display/);
  expect(launcher(copy)).toContain(`# executable: ${copy.path("bin/chromium")}\n`);
});

test.runIf(process.platform === "linux" && process.arch === "x64")(
  "without an installed one, it is npm's",
  () => {
    using copy = new RepositoryCopy();
    withNpmChromium(copy);
    copy.setUp([], { CHROME_PATH: "" });
    expect(launcher(copy)).toContain(`# executable: ${copy.path(".cache/chromium-1.0.0/chromium")}\n`);
    expect(copy.setUp([], { CHROME_PATH: "" }).calls).toEqual([]);
  },
);
