/** Paths and methods that do not exist, HEAD, and unusual paths and queries. */
import { describe, expect, it } from "vitest";
import { items, newBatch, newCaller, origin } from "./caller.ts";
import { operations, withParameters } from "./documented-operations.ts";

const caller = await newCaller();

describe("an unknown path or method", () => {
  it.each([
    "/",
    "/nothing",
    "/v1",
    "/v1/",
    "/v1/batch",
    "/v1/batches/",
    "/v1/batches/a/b/c",
    "/v2/batches",
    "/V1/batches",
  ])("returns an error for POST %s", async (path) => {
    const { status, body } = await caller.call("POST", path, { body: {} });
    if (path === "/")
      expect({ status, code: body.code }).toEqual({ status: 405, code: "method_not_allowed" });
    else expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
  });

  const methodsOf = Map.groupBy(operations, ({ path }) => path);
  const others = [...methodsOf].flatMap(([path, described]) => {
    const methods = described.map(({ method }) => method);
    // To the router, `recent` could be the id of a batch.
    if (path === "/v1/batches/recent") methods.push("PATCH");
    return ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]
      .filter((method) => !methods.includes(method))
      .map((method) => ({ method, path, methods }));
  });
  it.each(others)(
    "returns 405 for $method $path, with the supported methods in Allow",
    async ({ method, path, methods }) => {
      const answer = await caller.call(method, withParameters(path, "x"));
      expect(answer.status).toBe(405);
      expect(answer.body).toMatchObject({ code: "method_not_allowed", title: "Method Not Allowed" });
      const allowed = answer.headers.get("Allow")?.split(", ") ?? [];
      expect(allowed).toEqual(expect.arrayContaining([...methods, "OPTIONS"]));
      expect(allowed).not.toContain(method);
      expect(allowed.includes("HEAD")).toBe(allowed.includes("GET"));
    },
  );
});

describe("HEAD", () => {
  it.each([
    "/",
    "/docs",
    "/openapi.json",
    "/health",
    "/errors/not-found",
    "/v1/batches/recent",
    "/v1/batches/x",
    "/v1/nothing",
  ])("%s returns the headers of GET without the body", async (path) => {
    const [get, head] = await Promise.all([caller.call("GET", path), caller.call("HEAD", path)]);
    expect({ status: head.status, text: head.text }).toEqual({ status: get.status, text: "" });
    expect(head.headers.get("Content-Type")).toBe(get.headers.get("Content-Type"));
  });
});

describe("an unusual request", () => {
  const rows: [path: string, status: number][] = [
    ["/v1/batches/%zz", 404],
    ["/v1/batches/%", 404],
    ["/v1/batches/%C3%28/items", 404],
    ["/v1/batches/%00/items", 404],
    ["/v1/batches/%2e%2e%2f%2e%2e%2fetc/items", 404],
    ["/v1/batches/__proto__", 404],
    ["/v1/batches/constructor/items", 404],
    [`/v1/batches/${"x".repeat(100_000)}`, 404],
    [`/v1/batches/${"x/".repeat(10_000)}`, 404],
    [`/v1/batches?limit=${"1".repeat(10_000)}`, 400],
    ["/v1/batches?limit=%zz", 400],
    ["/v1/batches?limit=1&limit=1", 400],
    ["/v1/batches?cursor=a&cursor=b", 400],
    ["/v1/batches?cursor=%00", 400],
    ["/v1/batches?__proto__=1&constructor=2&toString=3&limit=1", 200],
    ["/v1/batches?__proto__=1&__proto__=2", 200],
    ["/v1/batches?metadata[__proto__]=1", 200],
    ["/v1/batches?metadata[%00]=%00", 400],
    ["/v1/batches?metadata[]=1", 200],
    ["/v1/batches?metadata=1", 400],
    [`/v1/batches?${Array.from({ length: 51 }, (_, i) => `metadata[${i}]=x`).join("&")}`, 400],
    [`/v1/batches?${"a=1&".repeat(20_000)}`, 200],
    ["/v1/retrieve?retrieve_id=%00", 404],
    ["/v1/retrieve?retrieve_id=%F0%9F%95%B8", 404],
    [`/v1/retrieve?retrieve_id=${"x".repeat(100_000)}`, 404],
    [`/v1/retrieve?retrieve_id=x&formats=${"html,".repeat(20_000)}`, 404],
    ["/v1/retrieve?retrieve_id=x&formats=%00", 400],
    ["/hosted/%00/html?account=%00&expires=1&signature=%00", 404],
    ["/hosted/x/%zz?account=a&expires=1&signature=a", 404],
    ["/errors/__proto__", 404],
    ["/errors/constructor", 404],
    ["/%zz", 404],
    ["/%00", 404],
    ["//v1/batches", 404],
  ];
  const named = rows.map(([path, status]) => ({ name: path.slice(0, 60), path, status }));
  it.each(named)("GET $name returns $status", async ({ path, status }) => {
    const answer = await caller.call("GET", `${origin}${path}`);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(answer.body.object).toBe("error");
    expect(answer.text.length).toBeLessThan(20_000);
  });

  it("gets all faults of its query at once", async () => {
    const paths = async (path: string) =>
      (await caller.call("GET", path)).body.errors.map((fault: { path: string }) => fault.path);
    expect(await paths("/v1/retrieve?formats=pdf&formats[]=gif")).toEqual([
      "retrieve_id",
      "formats",
      "formats[]",
    ]);
    expect(await paths("/v1/batches?limit=x&status=x&metadata[a]=1&metadata[a]=2")).toEqual([
      "limit",
      "status",
      "metadata[a]",
    ]);
    expect(await paths("/v1/batches/x/items?limit=x&status=x&cursor=x")).toEqual([
      "status",
      "limit",
      "cursor",
    ]);
  });

  it("does not match metadata by the text before a NUL", async () => {
    const batch = await newBatch(caller, { items: items(1), metadata: { nul: "x" } });
    const list = async (query: string) => (await caller.call("GET", `/v1/batches?${query}`)).body;
    const { data } = await list("metadata[nul]=x");
    expect(data).toEqual([expect.objectContaining({ id: batch.id })]);
    for (const query of ["metadata[nul]=x%00y", "metadata[nul%00y]=x"]) {
      expect((await list(query)).detail).toMatch(/U\+0000/);
    }
  });
});
