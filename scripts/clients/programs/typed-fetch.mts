/** Creates a batch and reads its results with types from openapi-typescript. Run by npm run test:clients. */
import type { components, paths } from "./trawl.d.ts";

type Schemas = components["schemas"];
type NewBatch = paths["/v1/batches"]["post"]["requestBody"]["content"]["application/json"];
type Formats = NonNullable<paths["/v1/retrieve"]["get"]["parameters"]["query"]["formats"]>;

const { TRAWL = "", TRAWL_KEY = "" } = process.env;

async function call<Answer>(method: string, path: string, body?: unknown, status = 200): Promise<Answer> {
  const response = await fetch(TRAWL + path, {
    method,
    headers: { Authorization: `Bearer ${TRAWL_KEY}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status !== status)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

// Only the required fields, and fields within fields.
const definition: Schemas["ParserDefinition"] = {
  name: "Headings",
  baseSelector: "h1",
  fields: [
    { name: "title", type: "text", default: { any: ["JSON", null] } },
    { name: "parts", type: "nested", fields: [{ name: "html", type: "html", selector: null }] },
  ],
};
const parser = await call<Schemas["Parser"]>("POST", "/v1/parsers", definition, 201);

const request: NewBatch = {
  items: [
    { custom_id: "good", url: `${TRAWL}/errors/not-found` },
    { custom_id: "bad", url: `${TRAWL}/no-such-page` },
  ],
  parser: { id: parser.id },
  links_on_page: {},
};
let batch = await call<Schemas["Batch"]>("POST", "/v1/batches", request);
while (batch.status !== "completed") {
  await new Promise((resolve) => setTimeout(resolve, 100));
  batch = await call<Schemas["Batch"]>("GET", `/v1/batches/${batch.id}`);
}

const { items } = await call<Schemas["ItemList"]>("GET", `/v1/batches/${batch.id}/items`);
const code = items.find(({ custom_id }) => custom_id === "bad")?.error?.code;
if (code !== "http_error") throw new Error(`The missing page failed with ${code}.`);
const retrieveId = items.find(({ custom_id }) => custom_id === "good")?.retrieve_id ?? "";
const formats: Formats = ["markdown", "json"];
const query = new URLSearchParams([
  ["retrieve_id", retrieveId],
  ...formats.map((format) => ["formats", format]),
]);
const page = await call<Schemas["PageContent"]>("GET", `/v1/retrieve?${query}`);
if (!page.markdown_content || !page.json_content?.startsWith('{"items":'))
  throw new Error(JSON.stringify(page));

const problem = await call<Schemas["Problem"]>("POST", "/v1/batches", {}, 400);
if (problem.errors?.[0]?.path !== "items") throw new Error(JSON.stringify(problem));
