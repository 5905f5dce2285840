import { readdirSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { RepositoryCopy } from "./repository-copy.ts";

const everything = [
  "npm ci --loglevel=error --no-progress",
  "browser chrome",
  "wrangler d1 migrations apply DB --local",
];

test("sets up a fresh clone and prints one line per step", () => {
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

test("a second run calls nothing and keeps the secrets", () => {
  using copy = new RepositoryCopy();
  copy.setUp();
  const secrets = copy.read(".dev.vars");
  const again = copy.setUp();
  expect(again).toMatchObject({ status: 0, calls: [] });
  expect(copy.read(".dev.vars")).toBe(secrets);
});

test("before a script, it prints nothing if everything is in place, and passes on arguments, environment and exit code", () => {
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

test("--help prints the usage, and other options are rejected", () => {
  using copy = new RepositoryCopy();
  const help = copy.setUp(["--help"]);
  expect(help).toMatchObject({ status: 0, calls: [] });
  expect(help.stderr).toContain("Usage: npm run setup");
  const wrong = copy.setUp(["--force"]);
  expect(wrong).toMatchObject({ status: 2, calls: [] });
  expect(wrong.stderr).toContain("Unknown option --force.");
});

test.each([
  ["a package was deleted", (copy: RepositoryCopy) => copy.remove("node_modules/wrangler")],
  [
    "an installation was interrupted",
    (copy: RepositoryCopy) => copy.remove("node_modules/.package-lock.json"),
  ],
  [
    "the lock file changed",
    (copy: RepositoryCopy) =>
      copy.write("package-lock.json", copy.read("package-lock.json").replace("5.0.0", "5.0.1")),
  ],
])("installs again when %s", (_, change) => {
  using copy = new RepositoryCopy();
  copy.setUp();
  change(copy);
  expect(copy.setUp().calls).toContain(everything[0]);
});

test("stops and says what to do if the installation fails", () => {
  using copy = new RepositoryCopy();
  const { status, stderr, calls } = copy.setUp([], { NPM_FAILS: "1" });
  expect({ status, calls }).toEqual({ status: 1, calls: [everything[0]] });
  expect(stderr).toContain("Check your network");
  expect(stderr).not.toContain("    at ");
});

test.each([
  ["the local data was deleted", (copy: RepositoryCopy) => copy.remove(".wrangler")],
  [
    "only the database file was deleted",
    (copy: RepositoryCopy) => copy.remove(".wrangler/state/v3/d1/objects/main.sqlite"),
  ],
  [
    "the database was deleted and created again without them",
    (copy: RepositoryCopy) => {
      copy.write(".wrangler/state/v3/d1/objects/other.sqlite", "");
      copy.remove(".wrangler/state/v3/d1/objects/main.sqlite");
      copy.write(".wrangler/state/v3/d1/objects/third.sqlite", "");
      copy.write(".wrangler/state/v3/d1/objects/main.sqlite", "");
    },
  ],
  [
    "a migration was added",
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

test("stops with wrangler's message if the migrations fail", () => {
  using copy = new RepositoryCopy();
  const { status, stderr } = copy.setUp([], { WRANGLER_FAILS: "1" });
  expect(status).toBe(1);
  expect(stderr).toContain("no such table");
  expect(stderr).toMatch(/delete \S+\/\.wrangler\/state and try again/);
});

test("creates secrets of 32 random bytes that only the owner can read, and keeps existing lines", () => {
  using copy = new RepositoryCopy();
  copy.write(".dev.vars", "ADMIN_TOKEN=mine\nMAX_ATTEMPTS=5");
  copy.setUp();
  expect(copy.read(".dev.vars")).toMatch(
    /^ADMIN_TOKEN=mine\nMAX_ATTEMPTS=5\nURL_SIGNING_SECRET="[\w-]{43}"\n$/,
  );
  expect(statSync(copy.path(".dev.vars")).mode & 0o777).toBe(0o600);
});

/** The launcher in the place where miniflare looks on this platform. */
function launcher(copy: RepositoryCopy): string {
  const files = readdirSync(copy.path(".cache/.wrangler/chrome"), { recursive: true, encoding: "utf8" });
  const name = files.find((file) => /(\/chrome|for Testing)$/.test(file));
  return copy.read(`.cache/.wrangler/chrome/${name}`);
}

test("prefers CHROME_PATH, and notices when it changes", () => {
  using copy = new RepositoryCopy();
  copy.browser("bin/chromium");
  copy.setUp();
  expect(launcher(copy)).toContain(`# executable: ${copy.path("chrome")}\n`);
  const other = copy.browser("other");
  expect(copy.setUp([], { CHROME_PATH: other }).calls).toEqual(["browser other"]);
  expect(launcher(copy)).toContain(`# executable: ${other}\n`);
});

test.each([
  ["does not exist", "nowhere", "not an executable file"],
  ["does not work", "broken", "cannot open display"],
])("stops if CHROME_PATH %s", (_, name, reason) => {
  using copy = new RepositoryCopy();
  copy.browser("broken", { works: false });
  const { status, stderr } = copy.setUp([], { CHROME_PATH: copy.path(name) });
  expect(status).toBe(1);
  expect(stderr).toContain(`CHROME_PATH is ${copy.path(name)}`);
  expect(stderr).toContain(reason);
});

/** Adds the npm package with its Chromium unpacked, as after an earlier setup. */
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

test("prefers Chrome over Chromium, and skips a browser that does not work", () => {
  using copy = new RepositoryCopy();
  withNpmChromium(copy);
  copy.browser("bin/google-chrome", { works: false });
  copy.browser("bin/chromium");
  const { status, stderr } = copy.setUp([], { CHROME_PATH: "" });
  expect(status).toBe(0);
  expect(stderr).toMatch(/skipping .*bin\/google-chrome: .*cannot open display/);
  expect(launcher(copy)).toContain(`# executable: ${copy.path("bin/chromium")}\n`);
});

test.runIf(process.platform === "linux" && process.arch === "x64")(
  "uses Chromium from npm if no browser is installed",
  () => {
    using copy = new RepositoryCopy();
    withNpmChromium(copy);
    copy.setUp([], { CHROME_PATH: "" });
    expect(launcher(copy)).toContain(`# executable: ${copy.path(".cache/chromium-1.0.0/chromium")}\n`);
    expect(copy.setUp([], { CHROME_PATH: "" }).calls).toEqual([]);
  },
);
