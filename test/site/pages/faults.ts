/** Failing servers: error statuses, endless redirects, and responses that never start, never end or break off. */
import { pipeline } from "node:stream/promises";
import { setTimeout as after } from "node:timers/promises";
import { createGzip, gzipSync } from "node:zlib";
import type { Page, Respond, Route, Visit } from "../page.ts";

type Outcome = Pick<Page["expect"], "status" | "code"> & Partial<Page["expect"]>;

const fault = (path: string, title: string, expect: Outcome, respond: Respond, pattern?: string): Page => ({
  path: `/fault/${path}`,
  pattern: pattern && `/fault/${pattern}`,
  title,
  kind: "fault",
  expect,
  respond,
});

const document = (title: string, body = `<p>${title}.</p>`) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="/assets/site.css"></head>
<body><main><h1>${title}</h1>${body}</main></body>
</html>
`;

/** Responds with any status. 429 and 503 have a `Retry-After`, which `?retry-after=` sets; 401 asks for a password. */
const status: Respond = ({ params, url }) => {
  const code = Number(params.code);
  if (!Number.isInteger(code) || code < 200 || code > 599)
    return { status: 400, body: document("No such status") };
  const retryAfter = url.searchParams.get("retry-after") ?? (code === 429 || code === 503 ? "1" : null);
  return {
    status: code,
    headers: {
      ...(retryAfter && { "retry-after": retryAfter }),
      ...(code === 401 && { "www-authenticate": 'Basic realm="test site"' }),
    },
    body: [204, 205, 304].includes(code) ? "" : document(`Status ${code}`),
  };
};

const statusPage = (code: number) =>
  fault(
    `status/${code}`,
    `Answers ${code}`,
    { status: code, code: code >= 400 ? "http_error" : undefined },
    status,
    "status/:code",
  );

/** Fails `?fail=` times (default: 2) with `?status=` (default: 503; `reset` resets the connection), then works. */
const flaky: Respond = ({ request, url, params, count }) => {
  const visits = count(`${url.pathname}${url.search}`);
  const failures = Number(url.searchParams.get("fail") ?? 2);
  const how = url.searchParams.get("status") ?? "503";
  if (visits > failures) return { body: document(`Flaky ${params.n}`, `<p>Worked on visit ${visits}.</p>`) };
  if (how === "reset") request.socket.resetAndDestroy();
  else return { status: Number(how), body: document(`Flaky ${params.n} fails`) };
};

const html = { "content-type": "text/html; charset=utf-8" };

/** Sends the start of a page, then the pieces, and ends when they end. */
const stream = async (
  { response, gone }: Visit,
  headers: Record<string, string | number>,
  pieces: AsyncIterable<Buffer>,
) => {
  response.writeHead(200, { ...html, ...headers });
  await pipeline(pieces, response, { signal: gone });
};

async function* drops() {
  yield Buffer.from("<!doctype html><title>Drip</title><p>");
  for (const letter of "This page comes a byte a second, and nobody has ever seen its end. ".repeat(1000)) {
    await after(1000);
    yield Buffer.from(letter);
  }
}

const mebibyte = 1024 * 1024;
const hugeBytes = 200 * mebibyte;

async function* manyBytes(bytes: number) {
  const line = "<p>The same line as before, and as after, and so on to the end of a very large page.</p>\n";
  const piece = Buffer.from(line.repeat(Math.floor(mebibyte / line.length)));
  for (let left = bytes; left > 0; left -= piece.length)
    yield piece.subarray(0, Math.min(left, piece.length));
}

/** 200 MB. `?declared` sends a `Content-Length`. */
const huge: Respond = (visit) =>
  stream(
    visit,
    visit.url.searchParams.has("declared") ? { "content-length": hugeBytes } : {},
    manyBytes(hugeBytes),
  );

/** 200 MB, compressed to about 600 KB. */
const bomb: Respond = async ({ response, gone }) => {
  response.writeHead(200, { ...html, "content-encoding": "gzip" });
  await pipeline(manyBytes(hugeBytes), createGzip(), response, { signal: gone });
};

const raw =
  (answer: string): Respond =>
  ({ request }) => {
    request.socket.end(answer);
  };

const redirectTo = (location: string, code = 302) => ({ status: code, headers: { location } });

/** `n` redirects, then a page. Browsers follow 20. */
const redirectChain: Respond = ({ params }) => {
  const left = Number(params.n);
  return left > 0 ? redirectTo(`/fault/redirect-chain/${left - 1}`) : { body: document("End of the chain") };
};

/** A page with a resource that never loads. */
const waitsFor = (what: string, element: string) =>
  fault(
    `slow-${what}`,
    `Needs a ${what} that never comes`,
    { status: 200, title: `Waits for a ${what}` },
    () => ({
      body: document(`Waits for a ${what}`, `<p>Words before it.</p>${element}<p>Words after it.</p>`),
    }),
  );

const noAnswer = { status: null } as const;
const timesOut = { status: null, code: "timeout" } as const;
const breaksOff = { status: null, code: "connection_reset" } as const;
const notHttp = { status: null, code: "invalid_response" } as const;

export const faultPages: Page[] = [
  ...[400, 401, 403, 404, 410, 418, 429, 451, 500, 502, 503, 504].map(statusPage),
  fault(
    "status/204",
    "Answers 204, which shows no page",
    { status: 204, code: "invalid_response" },
    status,
    "status/:code",
  ),
  fault(
    "flaky/1?fail=2&status=503",
    "Fails twice, then works",
    { status: 503, code: "http_error" },
    flaky,
    "flaky/:n",
  ),
  fault("hang", "Never answers", timesOut, () => {}),
  fault(
    "hang-body",
    "Sends the head of a page and no more",
    { status: 200, code: "timeout" },
    ({ response }) => {
      response.writeHead(200, html).write("<!doctype html><title>Hangs</title><p>The start of a page");
    },
  ),
  fault("drip", "Sends a byte a second", { status: 200, code: "timeout" }, (visit) =>
    stream(visit, {}, drops()),
  ),
  fault("huge", "Sends 200 MB", { status: 200, code: "page_too_large" }, huge),
  fault("huge?declared", "Sends 200 MB and says so first", { status: 200, code: "page_too_large" }, huge),
  fault("bomb", "Sends 200 MB in a small parcel", { status: 200, code: "page_too_large" }, bomb),
  fault("reset", "Resets the connection", breaksOff, ({ request }) => {
    request.socket.resetAndDestroy();
  }),
  fault("empty", "Closes the connection without an answer", breaksOff, ({ request }) => {
    request.socket.destroy();
  }),
  fault("truncated", "Promises 5,000 bytes and sends fewer", { status: 200 }, ({ response }) => {
    response.writeHead(200, { ...html, "content-length": 5000 });
    response.write(document("Truncated"), () => response.destroy());
  }),
  fault("bad-gzip", "Says gzip and sends something else", { status: 200, code: "connection_reset" }, () => ({
    headers: { ...html, "content-encoding": "gzip" },
    body: Buffer.concat([gzipSync("short").subarray(0, 12), Buffer.from("not gzip at all")]),
  })),
  fault(
    "bad-header",
    "Has two lengths",
    notHttp,
    raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello"),
  ),
  fault("not-http", "Speaks another protocol", notHttp, raw("220 mail.example ready\r\n")),
  fault(
    "redirect-loop",
    "Redirects to itself for ever",
    { status: null, code: "too_many_redirects" },
    ({ url }) => redirectTo(`/fault/redirect-loop?n=${Number(url.searchParams.get("n") ?? 0) + 1}`),
  ),
  fault(
    "redirect-chain/10",
    "Redirects ten times, then works",
    { status: 200, title: "End of the chain", finalPath: "/fault/redirect-chain/0" },
    redirectChain,
    "redirect-chain/:n",
  ),
  fault(
    "redirect-nowhere",
    "Redirects to a port where nobody listens",
    { ...noAnswer, code: "connection_failed" },
    () => redirectTo("http://127.0.0.1:2/"),
  ),
  fault("redirect-scheme", "Redirects to a file", { ...noAnswer, code: "blocked_address" }, () =>
    redirectTo("file:///etc/hostname"),
  ),
  fault("redirect-empty", "Redirects without saying where", { status: 302 }, () => ({
    status: 302,
    body: document("Redirects without saying where"),
  })),
  waitsFor("script", `<script src="/fault/hang"></script>`),
  waitsFor("style", `<link rel="stylesheet" href="/fault/hang">`),
  waitsFor("picture", `<img src="/fault/hang" alt="Never seen">`),
  waitsFor("frame", `<iframe src="/fault/hang" title="Never seen"></iframe>`),
  waitsFor("fetch", `<script>fetch("/fault/hang").then((answer) => answer.text());</script>`),
];

export const faultRoutes: Route[] = [
  {
    pattern: "/fault/protected",
    respond: ({ request }) =>
      request.headers.authorization
        ? { body: "<!doctype html><title>Protected</title><p>For those who have logged in.</p>" }
        : { status: 401, headers: { "www-authenticate": 'Basic realm="test"' } },
  },
];
