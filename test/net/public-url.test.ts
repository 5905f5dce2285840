/** Which URLs are refused by their text, when a batch is created and right before a request. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { publicUrlGuard } from "../../src/net/guard.ts";
import { suspectUrlPatterns } from "../../src/net/public-url.ts";
import { settings } from "../../src/settings.ts";
import { newCaller } from "../api/caller.ts";
import { hostileUrls, publicUrls } from "./hostile-urls.ts";

const hostile = Object.values(hostileUrls).flat();
const caller = await newCaller();
const strict = { ALLOW_PRIVATE_NETWORK: false as never };
const post = (body: unknown) => caller.call("POST", "/v1/batches", { body, env: strict });
const guard = publicUrlGuard({ ...settings(env), ALLOW_PRIVATE_NETWORK: false }, () => {
  throw new Error("Nothing needs to be looked up.");
});

interface Fault {
  path: string;
  message: string;
}

it("there are at least 100 different hostile URLs", () => {
  expect(hostile.length).toBeGreaterThanOrEqual(100);
  expect(new Set(hostile).size).toBe(hostile.length);
});

describe("POST /v1/batches", () => {
  it.each(Object.entries(hostileUrls))(
    "refuses items with %s, and gives a reason for each",
    async (_, urls) => {
      const items = urls.map((url, i) => ({ custom_id: String(i), url }));
      const { status, body } = await post({ items });
      expect(status).toBe(400);
      const refused = (body.errors as Fault[]).map(({ path }) => path);
      expect(refused).toEqual(urls.map((_, i) => `items[${i}].url`));
      for (const { message } of body.errors as Fault[]) {
        expect(message).toMatch(
          /^Must be (a URL of a public host: |an absolute http or https URL; |an http or https URL; )/,
        );
      }
    },
  );

  it.each(hostile)("refuses a webhook at %j", async (webhook) => {
    const items = [{ custom_id: "a", url: "https://example.com/" }];
    const { status, body } = await post({ items, webhook });
    expect([status, (body.errors as Fault[]).map(({ path }) => path)]).toEqual([400, ["webhook"]]);
  });

  it("names the host, and says why it is refused", async () => {
    const messageFor = async (url: string) =>
      ((await post({ items: [{ custom_id: "a", url }] })).body.errors as Fault[])[0]?.message;
    expect(await messageFor("http://2130706433/")).toContain("the address '127.0.0.1' is not public");
    expect(await messageFor("http://a.internal/")).toContain(
      "hosts under '.internal' are not public: 'a.internal'",
    );
    expect(await messageFor("http://redis:6379/")).toContain("the host 'redis' is not a public name");
    expect(await messageFor("file:///etc/passwd")).toContain("got the scheme file");
  });

  it("accepts public URLs that look like private ones", async () => {
    const items = publicUrls.map((url, i) => ({ custom_id: String(i), url }));
    // The webhook is refused, so that no batch is created. The errors would also list each item that is refused.
    const { body } = await post({ items, webhook: "http://localhost/" });
    expect((body.errors as Fault[]).map(({ path }) => path)).toEqual(["webhook"]);
  });
});

describe("right before a request", () => {
  it.each(hostile)("%j is refused without a DNS query", async (url) => {
    expect(guard.allows(url)).toBe(false);
    expect(await guard.beforeCall(url)).toMatchObject({
      ok: false,
      code: "blocked_address",
      transient: false,
    });
  });

  it.each(publicUrls)("the text of %j is accepted", (url) => {
    expect(guard.allows(url)).toBe(true);
  });
});

describe("the patterns of requests that a browser pauses to have them checked", () => {
  const patterns = suspectUrlPatterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, "\\$&")
          .replaceAll("*", ".*")
          .replaceAll("?", ".")}$`,
      ),
  );
  /** No pattern matches single-label names only, and the browser has rules of its own for other schemes. */
  const isTold = (url: URL) => /^https?:$/.test(url.protocol) && /[.:]|^localhost$/.test(url.hostname);
  const told = hostile.flatMap((text) => URL.parse(text) ?? []).filter(isTold);

  it.each(told.map(({ href }) => href))("match %j", (href) => {
    // A host with an empty label does not resolve.
    if (/\.\.|\/\/\./.test(href)) return;
    expect(patterns.some((pattern) => pattern.test(href))).toBe(true);
  });
});
