import { describe, expect, it } from "vitest";
import { failureOf } from "../../src/consumer/page-failure.ts";
import { TimeLimitError } from "../../src/io/time-limit.ts";
import { RenderFailure } from "../../src/protocol/render-failure.ts";

const fallback = "The page could not be rendered.";

describe("failureOf", () => {
  it("returns a RenderFailure as it is", () => {
    const failure = new RenderFailure("http_error", "The server answered with HTTP status 404.");
    expect(failureOf(failure, { fallback })).toBe(failure);
  });

  it("names the step that took too long", () => {
    const thrown = new TimeLimitError("Opening a tab took longer than 5000 ms");
    expect(failureOf(thrown, { fallback, isBrowserLost: true })).toMatchObject({
      code: "timeout",
      message: "Opening a tab took longer than 5000 ms.",
      transient: true,
    });
  });

  it("blames other errors on the browser if it was lost", () => {
    const thrown = new Error("Target closed");
    expect(failureOf(thrown, { fallback, isBrowserLost: true })).toMatchObject({ code: "page_crashed" });
  });

  it("keeps the text of an unexpected error from clients", () => {
    expect(failureOf(new Error("secret"), { fallback })).toMatchObject({
      code: "render_failed",
      message: fallback,
      transient: true,
    });
  });
});
