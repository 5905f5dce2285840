/** Turns whatever was thrown while a page was rendered or saved into the failure that clients read. */
import { TimeLimitError } from "../io/time-limit.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import { type LogFields, log, messageOf } from "../text/log.ts";

/**
 * The failure that stands for `thrown`. Logs what no page should cause: a step that took too long, an unexpected error.
 *
 * @param context.fallback the message for clients if the error is unexpected
 * @param context.isBrowserLost the browser was lost, which explains any other error
 * @param context.fields say in the log whose page it is
 */
export function failureOf(
  thrown: unknown,
  context: { fallback: string; isBrowserLost?: boolean; fields?: LogFields },
): RenderFailure {
  if (thrown instanceof RenderFailure) return thrown;
  const logged = { ...context.fields, error: messageOf(thrown) };
  if (thrown instanceof TimeLimitError) {
    // Its message names the step and the limit.
    log("warn", "page.timed_out", logged);
    return new RenderFailure("timeout", `${thrown.message}.`, { transient: true });
  }
  if (context.isBrowserLost) {
    const message = "The browser was lost while the page was being rendered.";
    return new RenderFailure("page_crashed", message, { transient: true });
  }
  log("warn", "page.unexpected_failure", logged);
  return new RenderFailure("render_failed", context.fallback, { transient: true });
}
