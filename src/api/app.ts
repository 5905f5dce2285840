/** The HTTP API: the middleware and routes of every request. */
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { log, messageOf, placeOf } from "../text/log.ts";
import { account } from "./account.ts";
import type { ApiEnv } from "./api-env.ts";
import { batches } from "./batches.ts";
import { docs } from "./docs/routes.ts";
import { events } from "./events.ts";
import { exports } from "./export.ts";
import { health } from "./health.ts";
import { hostedContent } from "./hosted-content.ts";
import { items } from "./items.ts";
import { authentication } from "./middleware/authentication.ts";
import { syntaxErrorOf } from "./middleware/json-body.ts";
import { rateLimit } from "./middleware/rate-limit.ts";
import { parserTests } from "./parser-tests.ts";
import { parsers } from "./parsers.ts";
import { probe } from "./probe.ts";
import { Problem, problemResponse } from "./problem.ts";
import { retrieve } from "./retrieve.ts";
import { retry } from "./retry.ts";
import { usage } from "./usage.ts";
import { deliveries } from "./webhook-deliveries.ts";

export const app = new Hono<ApiEnv>();

app.use(requestId());
app.use(secureHeaders({ crossOriginResourcePolicy: "cross-origin", overwrite: false }));
app.use(
  cors({
    origin: "*",
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-None-Match",
      "If-Range",
      "Last-Event-ID",
      "Range",
    ],
    exposeHeaders: [
      "Accept-Ranges",
      "Allow",
      "Content-Disposition",
      "Content-Range",
      "ETag",
      "Idempotent-Replayed",
      "Link",
      "Retry-After",
      "WWW-Authenticate",
      "X-Request-Id",
    ],
    maxAge: 86_400,
  }),
);
app.use(
  methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = [...methods, "OPTIONS"].join(", ");
      const detail = `This path does not support ${c.req.method}. It supports ${allow}.`;
      return problemResponse(c, new Problem("method_not_allowed", detail, { headers: { Allow: allow } }));
    },
  }),
);

app.route("/", docs);
app.route("/health", health);
app.route("/hosted", hostedContent);
app.route("/probe", probe);

app.use("/v1/*", authentication, rateLimit);
app.route("/v1/batches", deliveries);
app.route("/v1/batches", items);
app.route("/v1/batches", events);
app.route("/v1/batches", exports);
app.route("/v1/batches", retry);
app.route("/v1/batches", batches);
app.route("/v1/account", account);
app.route("/v1/usage", usage);
app.route("/v1/retrieve", retrieve);
app.route("/v1/parsers", parserTests);
app.route("/v1/parsers", parsers);

app.notFound((c) =>
  problemResponse(c, new Problem("not_found", `No such path: ${c.req.path.slice(0, 200)}.`)),
);

app.onError(respondToError);

async function respondToError(thrown: Error, c: Context<ApiEnv>): Promise<Response> {
  if (thrown instanceof Problem) return problemResponse(c, thrown);
  // bearerAuth throws the response that it was given. The validator throws a bare 400 when JSON.parse fails.
  if (thrown instanceof HTTPException && thrown.res) return thrown.getResponse();
  if (thrown instanceof HTTPException && thrown.status === 400) {
    return problemResponse(c, new Problem("invalid_json", await syntaxErrorOf(c)));
  }
  const problem = new Problem(
    "internal_server_error",
    "Something went wrong on our side. The log entry with this ID has the details.",
  );
  log("error", "request.failed", {
    error_id: problem.id,
    request_id: c.get("requestId"),
    method: c.req.method,
    path: c.req.path,
    account_id: c.get("account")?.id,
    error: messageOf(thrown),
    stack: placeOf(thrown),
  });
  return problemResponse(c, problem);
}
