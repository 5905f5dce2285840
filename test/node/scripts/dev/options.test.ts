import { expect, test } from "vitest";
import { devOptions } from "../../../../scripts/dev/options.ts";
import { workerFlags } from "../../../../scripts/trawl/worker.ts";

test("without arguments: port 8787, and private addresses may be rendered", () => {
  expect(devOptions([], {}, "")).toEqual({
    port: 8787,
    persistTo: undefined,
    vars: { ALLOW_PRIVATE_NETWORK: true },
    flags: [],
  });
});

test.each([
  ["PORT", [], { PORT: "9001" }, 9001],
  ["--port N", ["--port", "9002"], { PORT: "9001" }, 9002],
  ["--port=N", ["--port=9003"], {}, 9003],
])("%s chooses the port", (_, args, env, port) => {
  expect(devOptions(args, env, "")).toMatchObject({ port, flags: [] });
});

test.each(["0", "65536", "80a", "-1", ""])("refuses the port %j", (port) => {
  expect(() => devOptions([], { PORT: port }, "")).toThrow(`whole number from 1 to 65535, but is ${port}`);
});

test("other flags reach wrangler as they are, and the user's variable comes after ours", () => {
  const args = [
    "--var",
    "ALLOW_PRIVATE_NETWORK:false",
    "--port",
    "9004",
    "--log-level=debug",
    "--live-reload",
  ];
  const options = devOptions(args, {}, "");
  expect(options.flags).toEqual([
    "--var",
    "ALLOW_PRIVATE_NETWORK:false",
    "--log-level=debug",
    "--live-reload",
  ]);
  const flags = workerFlags({ ...options, vars: options.vars ?? {} });
  expect(flags.filter((flag) => flag.startsWith("ALLOW_PRIVATE_NETWORK"))).toEqual([
    "ALLOW_PRIVATE_NETWORK:true",
    "ALLOW_PRIVATE_NETWORK:false",
  ]);
});

test(".dev.vars decides about private addresses if it names the variable", () => {
  expect(devOptions([], {}, 'A="b"\nALLOW_PRIVATE_NETWORK=false\n').vars).toEqual({});
  expect(devOptions([], {}, "# ALLOW_PRIVATE_NETWORK=false\n").vars).toEqual({ ALLOW_PRIVATE_NETWORK: true });
});

test("--persist-to is ours: the migrations are applied there", () => {
  const options = devOptions(["--persist-to", "/tmp/state"], {}, "");
  expect(options).toMatchObject({ persistTo: "/tmp/state", flags: [] });
  expect(workerFlags({ ...options, vars: {} })).toEqual(
    expect.arrayContaining(["--persist-to", "/tmp/state", "--port", "8787"]),
  );
});
