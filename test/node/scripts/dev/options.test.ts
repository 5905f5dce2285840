import { expect, test } from "vitest";
import { devOptions } from "../../../../scripts/dev/options.ts";
import { workerFlags } from "../../../../scripts/trawl/worker.ts";

test("by default, the port is 8787 and private addresses are allowed", () => {
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
])("%s sets the port", (_, args, env, port) => {
  expect(devOptions(args, env, "")).toMatchObject({ port, flags: [] });
});

test.each(["0", "65536", "80a", "-1", ""])("rejects the port %j", (port) => {
  const rule = `must be a whole number from 1 to 65535, got ${JSON.stringify(port)}.`;
  expect(() => devOptions([], { PORT: port }, "")).toThrow(`PORT ${rule}`);
  expect(() => devOptions([`--port=${port}`], {}, "")).toThrow(`--port ${rule}`);
});

test("other flags are passed to wrangler unchanged, after our own", () => {
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

test("ALLOW_PRIVATE_NETWORK in .dev.vars wins over the default", () => {
  expect(devOptions([], {}, 'A="b"\nALLOW_PRIVATE_NETWORK=false\n').vars).toEqual({});
  expect(devOptions([], {}, "# ALLOW_PRIVATE_NETWORK=false\n").vars).toEqual({ ALLOW_PRIVATE_NETWORK: true });
});

test("--persist-to is not passed on as a flag, because migrations are applied there first", () => {
  const options = devOptions(["--persist-to", "/tmp/state"], {}, "");
  expect(options).toMatchObject({ persistTo: "/tmp/state", flags: [] });
  expect(workerFlags({ ...options, vars: {} })).toEqual(
    expect.arrayContaining(["--persist-to", "/tmp/state", "--port", "8787"]),
  );
});
