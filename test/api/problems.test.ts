/** Error responses: their fields, their pages, and what a 500 reveals. */
import { describe, expect, it, vi } from "vitest";
import { type ProblemCode, problemTypes, slugOf } from "../../src/api/problem-types.ts";
import { anonymous, newCaller, origin } from "./caller.ts";

const caller = await newCaller();

describe("a problem", () => {
  it("has every field of the contract", async () => {
    const { status, headers, body } = await caller.call("GET", "/v1/batches/batch_x");
    expect(status).toBe(404);
    expect(headers.get("Content-Type")).toBe("application/problem+json");
    expect(body).toEqual({
      id: expect.stringMatching(/^error_[0-9A-Za-z]{22}$/),
      object: "error",
      code: "batch_not_found",
      type: `${origin}/errors/batch-not-found`,
      status: 404,
      title: "Not Found",
      detail: 'No such batch: "batch_x".',
      message: 'No such batch: "batch_x".',
      created: expect.any(Number),
      metadata: {},
    });
    expect(Math.abs(body.created - Date.now() / 1000)).toBeLessThan(60);
  });

  it.each(Object.keys(problemTypes) as ProblemCode[])(
    "of type %s has a page that explains it",
    async (code) => {
      const { status, title, meaning } = problemTypes[code];
      const page = await anonymous("GET", `/errors/${slugOf(code)}`);
      expect(page.status).toBe(200);
      expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
      expect(page.text).toContain(`<h1>${status} ${title}</h1>`);
      expect(page.text).toContain(meaning.split(/[`']/)[0]);
    },
  );

  it("of an unknown type has no page", async () => {
    const { status, body } = await anonymous("GET", "/errors/%3Cscript%3E");
    expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
  });
});

describe("an unexpected error", () => {
  it("reveals nothing about its cause, which is logged under its id", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const DB = {
      prepare: () => {
        throw new Error("D1_ERROR: secret table accounts is gone");
      },
    };
    const answer = await caller.call("GET", "/v1/batches/recent", {
      env: { DB: DB as unknown as D1Database },
    });
    const lines = error.mock.calls.map(([line]) => JSON.parse(String(line)));
    error.mockRestore();
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "internal_server_error", title: "Internal Server Error" });
    expect(answer.text).not.toMatch(/secret|D1|table|\bat /);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: "request.failed",
        error_id: answer.body.id,
        request_id: answer.headers.get("X-Request-Id"),
        error: expect.stringMatching(/secret table/),
      }),
    );
  });
});
