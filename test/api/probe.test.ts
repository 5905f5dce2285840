/** `/probe`: who may measure, and within which bounds. test/e2e/probe.test.ts takes the measurements. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { anonymous, callWith, newCaller } from "./caller.ts";

const operator = callWith({ Authorization: `Bearer ${env.ADMIN_TOKEN}` });

it("only the operator can measure", async () => {
  const { key } = await newCaller();
  for (const call of [anonymous, callWith({ Authorization: `Bearer ${key}` })]) {
    for (const path of ["/probe", "/probe/consumers"]) {
      const { status, body } = await call("POST", path, { body: { measure: "browser" } });
      expect([status, body.code]).toEqual([401, "invalid_api_key"]);
    }
  }
});

it("limits how often one address can guess the token", async () => {
  const guess = callWith({ "CF-Connecting-IP": "192.0.2.9", Authorization: "Bearer guess" });
  const limited = { body: { measure: "browser" }, env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await guess("POST", "/probe", limited)).status);
  expect(statuses).toEqual([401, 401, 401, 429]);
});

it.each([
  [{ measure: "pages", tabs: 17, pages: 1 }, "tabs"],
  [{ measure: "pages", tabs: 1, pages: 26 }, "pages"],
  [{ measure: "location", country: "XX" }, "country"],
  [{ measure: "consumers", seconds: 121 }, "seconds"],
  [{ measure: "everything" }, "measure"],
])("refuses %j", async (body, path) => {
  const answer = await operator("POST", "/probe", { body });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path }]);
});

it("sends tickets that no consumer has to find pages for, and reads what is known of them", async () => {
  const sent: { body: unknown }[] = [];
  const queue = { sendBatch: async (messages: { body: unknown }[]) => void sent.push(...messages) };
  const { body } = await operator("POST", "/probe", {
    body: { measure: "consumers", seconds: 1 },
    env: { RENDER_QUEUE: queue as never },
  });
  expect(sent).toHaveLength(4);
  expect(sent[0]?.body).toMatchObject({ country: null, sentAt: expect.any(Number), probe: body.probe });
  const count = await operator("POST", "/probe/consumers", { body: body.probe });
  expect(count.body).toEqual({ reached: [], tickets: 0 });
});

it("the page to measure with is open to everyone and not to be indexed", async () => {
  const { status, headers } = await anonymous("GET", "/probe/page?n=3");
  expect(status).toBe(200);
  expect(headers.get("X-Robots-Tag")).toBe("noindex");
});
