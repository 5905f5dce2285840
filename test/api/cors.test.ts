/** Cross-origin requests from browsers. */
import { describe, expect, it, vi } from "vitest";
import { anonymous, newCaller } from "./caller.ts";

const caller = await newCaller();

describe("a cross-origin request", () => {
  const from = { Origin: "https://app.example.com" };

  it.each(["/v1/batches", "/v1/batches/x", "/v1/retrieve", "/health", "/nothing"])(
    "can be preflighted for %s without a key",
    async (path) => {
      const answer = await anonymous("OPTIONS", path, {
        headers: {
          ...from,
          "Access-Control-Request-Method": "PATCH",
          "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        },
      });
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: "" });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      expect(answer.headers.get("Access-Control-Allow-Methods")).toMatch(/GET.*POST.*PATCH/);
      expect(answer.headers.get("Access-Control-Allow-Headers")).toMatch(
        /Authorization.*Content-Type.*Idempotency-Key/,
      );
    },
  );

  it.each([
    ["GET", "/v1/batches/recent", 200],
    ["GET", "/v1/batches/x", 404],
    ["DELETE", "/v1/batches", 405],
    ["GET", "/nothing", 404],
  ])("can read the response to %s %s", async (method, path, status) => {
    const answer = await caller.call(method, path, { headers: from });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Expose-Headers")).toMatch(/Retry-After/);
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.headers.get("X-Request-Id")).toBeTruthy();
  });

  it("can read a 401 and a 500", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const refused = await anonymous("GET", "/v1/batches", { headers: from });
    const broken = await caller.call("GET", "/v1/batches", { headers: from, env: { DB: undefined } });
    error.mockRestore();
    expect([refused.status, broken.status]).toEqual([401, 500]);
    for (const answer of [refused, broken])
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });
});
