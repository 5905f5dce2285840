/** The rules of the variables, and what a deployment is told that breaks one. */
import { expect, it } from "vitest";
import { settings, signingSecret } from "../src/settings.ts";

const minute = 60_000;

it("takes its own defaults, and values at the edge of a rule", () => {
  settings({});
  settings({ RENDER_LEASE_MS: "3000", RENDER_HEARTBEAT_MS: "1000" });
  settings({ CONTENT_RETENTION_MS: 15 * minute, BATCH_RETENTION_MS: 15 * minute });
});

it.each([
  [
    { RENDER_LEASE_MS: "3000", RENDER_HEARTBEAT_MS: "1001" },
    /RENDER_HEARTBEAT_MS: .*RENDER_LEASE_MS \(3000\).*"1001"/,
  ],
  [{ RENDER_LEASE_MS: "3000" }, /RENDER_HEARTBEAT_MS: .*RENDER_LEASE_MS \(3000\).*the default/],
  [{ CONTENT_RETENTION_MS: "899999" }, /CONTENT_RETENTION_MS: .*900000.*"899999"/],
  [
    { BATCH_RETENTION_MS: 29 * 24 * 60 * minute },
    /BATCH_RETENTION_MS: .*CONTENT_RETENTION_MS \(2592000000\).*2505600000/,
  ],
  [{ MAX_ATTEMPTS: "many" }, /MAX_ATTEMPTS: .*"many"/],
])("refuses %j, and names the variable, its rule and the value", (given, message) => {
  expect(() => settings(given)).toThrow(message);
});

it("refuses a signing secret of less than 32 bytes, and does not repeat it", () => {
  expect(signingSecret({ URL_SIGNING_SECRET: "é".repeat(16) })).toBe("é".repeat(16));
  for (const [secret, bytes] of [
    ["not long enough", 15],
    [undefined, 0],
  ] as const) {
    const read = () => signingSecret({ URL_SIGNING_SECRET: secret as string });
    expect(read).toThrow(
      new RegExp(`URL_SIGNING_SECRET: must be at least 32 bytes.* ${bytes} bytes were given$`),
    );
  }
});
