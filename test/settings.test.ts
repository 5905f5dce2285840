/** How variables are parsed, and what a deployment is told about one that breaks its rule. */
import { describe, expect, it } from "vitest";
import { signingSecret } from "../src/secrets.ts";
import { listVariables, settingOrDefault, settings } from "../src/settings.ts";

const minute = 60_000;

describe("settings", () => {
  it("have defaults, and accept values at the limits of a rule", () => {
    expect(settings({})).toMatchObject({ ALLOW_PRIVATE_NETWORK: false, MAX_ATTEMPTS: 3, LOG_LEVEL: "info" });
    settings({ RENDER_LEASE_MS: "3000", RENDER_HEARTBEAT_MS: "1000" });
    settings({ CONTENT_RETENTION_MS: 15 * minute, BATCH_RETENTION_MS: 15 * minute });
  });

  it.each<[string, unknown, unknown]>([
    ["ALLOW_PRIVATE_NETWORK", "true", true],
    ["ALLOW_PRIVATE_NETWORK", "TRUE", true],
    ["ALLOW_PRIVATE_NETWORK", true, true],
    ["ALLOW_PRIVATE_NETWORK", "False", false],
    ["ALLOW_PRIVATE_NETWORK", false, false],
    ["LAUNCH_INTERVAL_MS", "0", 0],
    ["LAUNCH_INTERVAL_MS", 250, 250],
    ["LOG_LEVEL", "warn", "warn"],
    ["DNS_RESOLVER_URL", "https://dns.google/resolve", "https://dns.google/resolve"],
  ])("read %s = %j as %j", (name, given, value) => {
    expect(settings({ [name]: given })).toMatchObject({ [name]: value });
  });

  const trueOrFalse = "must be `true` or `false`";
  const wholeNumber = "must be a whole number of at least 0";
  it.each<[string, unknown, string]>([
    ["ALLOW_PRIVATE_NETWORK", "yes", trueOrFalse],
    ["ALLOW_PRIVATE_NETWORK", "1", trueOrFalse],
    ["ALLOW_PRIVATE_NETWORK", "", trueOrFalse],
    ["ALLOW_PRIVATE_NETWORK", 1, trueOrFalse],
    ["LAUNCH_INTERVAL_MS", "", wholeNumber],
    ["LAUNCH_INTERVAL_MS", " ", wholeNumber],
    ["LAUNCH_INTERVAL_MS", "-1", wholeNumber],
    ["LAUNCH_INTERVAL_MS", "1.5", wholeNumber],
    ["LAUNCH_INTERVAL_MS", 1.5, wholeNumber],
    ["LAUNCH_INTERVAL_MS", "1e3", wholeNumber],
    ["LAUNCH_INTERVAL_MS", "0x10", wholeNumber],
    ["LAUNCH_INTERVAL_MS", "1s", wholeNumber],
    ["LAUNCH_INTERVAL_MS", "9007199254740993", wholeNumber],
    ["LAUNCH_INTERVAL_MS", true, wholeNumber],
    ["LAUNCH_INTERVAL_MS", null, wholeNumber],
    ["MAX_ATTEMPTS", "many", "must be a whole number from 1 to 100"],
    ["MAX_ATTEMPTS", "101", "must be a whole number from 1 to 100"],
    ["CONTENT_RETENTION_MS", "899999", "must be a whole number of at least 900000"],
    ["LOG_LEVEL", "loud", "must be `debug`, `info`, `warn` or `error`"],
    ["LOG_LEVEL", "", "must be `debug`, `info`, `warn` or `error`"],
    ["DNS_RESOLVER_URL", "cloudflare-dns.com", "must be an http or https URL"],
    ["DNS_RESOLVER_URL", "ftp://cloudflare-dns.com", "must be an http or https URL"],
  ])("refuse %s = %j", (name, given, rule) => {
    const message = `Invalid configuration. ${name}: ${rule}; ${JSON.stringify(given)} was given`;
    expect(() => settings({ [name]: given })).toThrow(new Error(message));
  });

  it.each([
    [
      { RENDER_LEASE_MS: "3000", RENDER_HEARTBEAT_MS: "1001" },
      'RENDER_HEARTBEAT_MS: must be a third of RENDER_LEASE_MS (3000) or less; "1001" was given',
    ],
    [
      { RENDER_LEASE_MS: "3000" },
      "RENDER_HEARTBEAT_MS: must be a third of RENDER_LEASE_MS (3000) or less; the default was given",
    ],
    [
      { BATCH_RETENTION_MS: 29 * 24 * 60 * minute },
      "BATCH_RETENTION_MS: must be at least CONTENT_RETENTION_MS (2592000000); 2505600000 was given",
    ],
  ])("refuse %j, of which one contradicts the other", (given, message) => {
    expect(() => settings(given)).toThrow(message);
  });

  it("name every variable that breaks its rule", () => {
    expect(() => settings({ MAX_ATTEMPTS: "0", MAX_BROWSERS: "" })).toThrow(/MAX_ATTEMPTS: .*MAX_BROWSERS: /);
  });
});

it("a single setting falls back to its default if it is invalid", () => {
  expect(settingOrDefault({ IO_TIMEOUT_MS: "500", MAX_ATTEMPTS: "many" }, "IO_TIMEOUT_MS")).toBe(500);
  expect(settingOrDefault({ IO_TIMEOUT_MS: "soon" }, "IO_TIMEOUT_MS")).toBe(15_000);
});

it("every variable has a description, a rule, a unit that fits its name, and a default", () => {
  const list = listVariables();
  expect(list.map(({ name }) => name)).toEqual(Object.keys(settings({})));
  for (const { name, description, rule, unit, default: value } of list) {
    expect(description, name).toMatch(/^[A-Z].*\.$/);
    expect(rule, name).toBeTruthy();
    expect(value, name).toBe(settings({})[name]);
    if (name.endsWith("_MS")) expect(unit, name).toBe("ms");
    if (name.endsWith("_BYTES")) expect(unit, name).toBe("bytes");
  }
});

describe("the signing secret", () => {
  it("has at least 32 bytes", () => {
    expect(signingSecret({ URL_SIGNING_SECRET: "é".repeat(16) })).toBe("é".repeat(16));
  });

  it.each([
    ["not long enough", 15],
    [undefined, 0],
  ])("is refused if it is %j, and the error does not repeat it", (secret, bytes) => {
    const read = () => signingSecret({ URL_SIGNING_SECRET: secret as string });
    const message = `URL_SIGNING_SECRET: must be at least 32 bytes, .*; ${bytes} bytes were given$`;
    expect(read).toThrow(new RegExp(message));
  });
});
