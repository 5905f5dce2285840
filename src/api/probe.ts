/**
 * `/probe`: measurements of this deployment, for the operator. `npm run probe` takes them one after another and says what
 * they mean.
 */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { isLocation } from "../browsers/locations.ts";
import { browserPool } from "../browsers/pool.ts";
import { startCounting } from "../consumer/count-consumers.ts";
import { probeBrowser, probeLocation, probePages } from "../consumer/probe.ts";
import { settings } from "../settings.ts";
import type { ApiEnv } from "./api-env.ts";
import { operatorOnly } from "./middleware/admin-token.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { validated } from "./middleware/validated.ts";

const ms = z.int().min(0);

export const probeRequest = z.discriminatedUnion("measure", [
  z.object({ measure: z.literal("browser") }),
  z.object({
    measure: z.literal("pages"),
    tabs: z.int().min(1).max(16),
    pages: z.int().min(1).max(25),
  }),
  z.object({
    measure: z.literal("location"),
    country: z.string().refine(isLocation, "Must be a country that Browser Run knows, such as DE."),
  }),
  z.object({ measure: z.literal("consumers"), seconds: z.int().min(1).max(120) }),
]);

export const consumerProbe = z.object({ id: z.string(), beganAt: z.int(), endsAt: z.int() });

export const probeSchema = z
  .object({
    measure: z.enum(["browser", "pages", "location", "consumers"]),
    settings: z.record(z.string(), z.unknown()).optional().meta({ description: "Those that matter here." }),
    chrome: z.string().optional(),
    launch_ms: ms.nullish().meta({ description: "Null if a browser was running already." }),
    lease_ms: ms.optional().meta({ description: "Until there was a browser and it was connected to." }),
    round_trip_ms: z.object({ median: ms, slowest: ms }).optional(),
    dispose_ms: ms.nullish().meta({
      description:
        "How long the browser took to dispose of a context with an open page. Null if it did not answer.",
    }),
    completed: z.int().optional(),
    failed: z.int().optional(),
    error: z.string().nullish().meta({ description: "Of the first page that failed." }),
    ms: ms.optional(),
    granted: z.boolean().optional().meta({ description: "False if Browser Run refused the country." }),
    seen: z.string().nullish().meta({ description: "The country that the page's request came from." }),
    probe: consumerProbe
      .optional()
      .meta({ description: "Names the count: send it to `/probe/consumers` as it is." }),
  })
  .meta({ id: "Probe" });

export const consumerCountSchema = z
  .object({
    reached: z.array(z.object({ consumers: z.int(), after_ms: ms })),
    tickets: z.int().meta({ description: "How many tickets have been picked up." }),
  })
  .meta({ id: "ConsumerCount" });

const probe = new Hono<ApiEnv>();

probe.post("/", operatorOnly, jsonBody, validated("json", probeRequest), async (c) => {
  const asked = c.req.valid("json");
  const { env } = c;
  const pageUrl = (n: number) => new URL(`/probe/page?n=${n}`, c.req.url).href;
  if (asked.measure === "browser") {
    const { TABS_PER_LEASE, MAX_BROWSERS, BROWSERS_PER_CONSUMER, IO_TIMEOUT_MS, BROWSER_WAIT_MS } =
      settings(env);
    const { chrome, launch, lease, roundTrip, dispose } = await probeBrowser(env);
    return c.json({
      measure: asked.measure,
      settings: { TABS_PER_LEASE, MAX_BROWSERS, BROWSERS_PER_CONSUMER, IO_TIMEOUT_MS, BROWSER_WAIT_MS },
      chrome,
      launch_ms: launch,
      lease_ms: lease,
      round_trip_ms: roundTrip,
      dispose_ms: dispose,
    });
  }
  if (asked.measure === "pages") {
    return c.json({ measure: asked.measure, ...(await probePages(env, asked, pageUrl)) });
  }
  if (asked.measure === "location") {
    const { granted, title } = await probeLocation(env, asked.country, pageUrl(0));
    const seen = /from ([A-Z0-9]{2})$/.exec(title)?.[1] ?? null;
    return c.json({ measure: asked.measure, granted, seen });
  }
  return c.json({ measure: asked.measure, probe: await startCounting(env, asked.seconds) });
});

probe.post("/consumers", operatorOnly, jsonBody, validated("json", consumerProbe), async (c) => {
  const { reached, tickets } = await browserPool(c.env).countConsumers(c.req.valid("json"), 0);
  return c.json({
    reached: reached.map(({ consumers, afterMs }) => ({ consumers, after_ms: afterMs })),
    tickets,
  });
});

/** The page that is rendered: a small document whose list is made by its script. */
probe.get("/page", (c) => {
  c.header("Cache-Control", "no-store");
  c.header("X-Robots-Tag", "noindex");
  const country = c.req.raw.cf?.country ?? "";
  return c.html(html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Probe from ${country}</title></head>
  <body>
    <h1>A page to measure with</h1>
    <ul></ul>
    <script>
      for (let n = 1; n <= 50; n += 1) {
        document.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: "Line " + n }));
      }
    </script>
  </body>
</html>`);
});

export { probe };
