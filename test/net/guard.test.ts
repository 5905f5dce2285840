/** The guard's check right before a request, with a real DNS-over-HTTPS resolver. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { newWebhookSecret } from "../../src/account/webhook-secret.ts";
import { publicUrlGuard } from "../../src/net/guard.ts";
import { isPublicAddress } from "../../src/net/public-address.ts";
import { settings } from "../../src/settings.ts";
import { sendWebhook } from "../../src/webhook/send.ts";

const strict = {
  ...settings(env),
  ALLOW_PRIVATE_NETWORK: false,
  DNS_RESOLVER_URL: `${inject("resolver")}/dns-query`,
};
const guard = publicUrlGuard(strict);

let names = 0;

/** A name that was never looked up and resolves as its labels say: see resolver.ts. */
function named(...labels: string[]): string {
  names += 1;
  return [...labels, `n${names}-${Date.now()}`, "dns", "example"].join(".");
}

const asked = async (name: string) =>
  Number(await (await fetch(`${inject("resolver")}/asked/${name}`)).text());

afterEach(() => {
  vi.useRealTimers();
});

describe("a name is allowed", () => {
  it.each([
    [["a-93-184-216-34"]],
    [["aaaa-2606-4700--1111"]],
    [["a-93-184-216-34", "a-1-1-1-1", "aaaa-2606-4700--1111"]],
    [["a-93-184-216-34", "aaaa-servfail"]],
  ])("if all its addresses are public: %j", async (labels) => {
    expect(await guard.beforeCall(`https://${named(...labels)}:8443/path`)).toEqual({ ok: true });
  });

  it("with a trailing dot", async () => {
    const name = named("a-93-184-216-34");
    expect(await guard.beforeCall(`https://${name}./`)).toEqual({ ok: true });
    expect(await asked(name)).toBe(2);
  });
});

describe("a name is blocked", () => {
  it.each([
    [["a-127-0-0-1"], "127.0.0.1"],
    [["a-10-0-0-1"], "10.0.0.1"],
    [["a-169-254-169-254"], "169.254.169.254"],
    [["a-93-184-216-34", "a-192-168-0-1"], "192.168.0.1"],
    [["a-93-184-216-34", "aaaa-fd00--1"], "fd00::1"],
    [["aaaa---1"], "::1"],
    [["aaaa-64-ff9b--7f00-1"], "64:ff9b::7f00:1"],
    [["a-0-0-0-0"], "0.0.0.0"],
  ])("if one of its addresses is not public: %j", async (labels, address) => {
    const name = named(...labels);
    expect(await guard.beforeCall(`http://${name}/`)).toEqual({
      ok: false,
      code: "blocked_address",
      reason: `the host '${name}' resolves to ${address}, which is not public`,
      transient: false,
    });
  });

  it("for a webhook as well as for a page", async () => {
    const event = { id: "event_1", object: "event.batch.completed" as const, data: {} as never };
    const url = `http://${named("a-127-0-0-1")}/`;
    const sending = sendWebhook({
      url,
      event,
      secrets: [newWebhookSecret()],
      attempt: "1/5",
      settings: strict,
    });
    expect(await sending).toMatchObject({ ok: false, httpStatus: null, error: { code: "blocked_address" } });
  });
});

describe("a name without an address", () => {
  it.each([[["nxdomain"]], [[]]])(
    "fails permanently if the name does not exist or has no address: %j",
    async (labels) => {
      expect(await guard.beforeCall(`http://${named(...labels)}/`)).toMatchObject({
        ok: false,
        code: "dns_error",
        transient: false,
      });
    },
  );

  it.each([[["servfail"]], [["error-500"]], [["garbage"]]])(
    "fails temporarily if the resolver fails: %j",
    async (labels) => {
      const name = named(...labels);
      const verdict = { ok: false, code: "dns_error", transient: true };
      expect(await guard.beforeCall(`http://${name}/`)).toMatchObject(verdict);
      // It is not cached: the next call looks it up again.
      expect(await guard.beforeCall(`http://${name}/`)).toMatchObject(verdict);
      expect(await asked(name)).toBe(4);
    },
  );

  it("fails temporarily if the resolver cannot be reached, or does not answer within 5 s", async () => {
    const absent = publicUrlGuard({ ...strict, DNS_RESOLVER_URL: "http://127.0.0.1:9/" });
    expect(await absent.beforeCall(`http://${named()}/`)).toMatchObject({
      code: "dns_error",
      transient: true,
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const verdict = guard.beforeCall(`http://${named("hang")}/`);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await verdict).toMatchObject({
      code: "dns_error",
      reason: expect.stringContaining("longer than 5000 ms"),
      transient: true,
    });
  });
});

describe("a resolution", () => {
  it.each([
    [["a-93-184-216-34", "ttl-60"], 60],
    [["a-93-184-216-34", "ttl-0"], 5],
    [["a-93-184-216-34", "ttl-86400"], 300],
    [["nxdomain"], 30],
  ])("is cached for its TTL, within limits: %j for %i s", async (labels, seconds) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const name = named(...labels);
    await guard.beforeCall(`http://${name}/`);
    vi.setSystemTime(Date.now() + seconds * 1000 - 1);
    await guard.beforeCall(`http://${name}/`);
    expect(await asked(name)).toBe(2);
    vi.setSystemTime(Date.now() + 1);
    await guard.beforeCall(`http://${name}/`);
    expect(await asked(name)).toBe(4);
  });
});

it("ALLOW_PRIVATE_NETWORK disables the guard, and nothing is looked up", async () => {
  const open = publicUrlGuard({ ...strict, ALLOW_PRIVATE_NETWORK: true });
  const name = named("a-10-0-0-1");
  expect(open.allows("http://127.0.0.1/")).toBe(true);
  expect(await open.beforeCall(`http://${name}/`)).toEqual({ ok: true });
  expect(await asked(name)).toBe(0);
});

it("text that is not an address is not a public address", () => {
  for (const text of ["", "example.com", "1.2.3.256", "::g", "[2606:4700::1]", "1.1.1.1 "]) {
    expect([text, isPublicAddress(text)]).toEqual([text, false]);
  }
});
