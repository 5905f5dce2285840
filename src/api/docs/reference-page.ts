/** `/docs`: the OpenAPI document as a web page. */
import { html } from "hono/html";
import { failureCodes } from "../../protocol/failure-codes.ts";
import { type ProblemCode, problemTypes, slugOf } from "../problem-types.ts";
import type { OpenApiDocument } from "./openapi-document.ts";
import { pageLayout } from "./page-layout.ts";
import { fieldTable, hasFields, nameOf, parameterTable, type Schema } from "./schema-table.ts";
import { inline, paragraphs } from "./text-to-html.ts";

const methods = ["get", "post", "put", "patch", "delete"] as const;

interface Content {
  [type: string]: { schema?: Schema; example?: unknown };
}

/** The parts of an operation that the page shows. */
interface Operation {
  /** Trawl sends the request, to a webhook. */
  isSent: boolean;
  method: string;
  path: string;
  operationId: string;
  summary: string;
  description: string;
  tag: string;
  open: boolean;
  parameters: Parameters<typeof parameterTable>[0];
  body?: { schema?: Schema; example?: unknown };
  responses: [status: string, response: { description: string; content?: Content }][];
}

/** @param origin the deployment that the curl examples call */
export function referencePage(document: OpenApiDocument, origin: string) {
  const operations = [...operationsOf(document.webhooks, true), ...operationsOf(document.paths, false)];
  const groups = (document.tags ?? []).map(({ name, description = "" }) => ({
    name,
    description,
    operations: operations.filter(({ tag }) => tag === name),
  }));
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);
  const objects = schemas.filter(([, schema]) => hasFields(schema));
  return pageLayout(
    "Trawl API",
    html`<h1>Trawl API</h1>
${paragraphs(document.info.description ?? "")}
<p>This reference is also available as an <a href="/openapi.json">OpenAPI 3.1 document</a>. The curl examples read your API key from <code>$TRAWL_KEY</code>.</p>
${groups.map(
  ({
    name,
    description,
    operations,
  }) => html`<h2 id="${name}"><a href="#${name}">${name}</a></h2>${paragraphs(description)}
${operations.map((operation) => operationSection(operation, origin))}`,
)}
<h2 id="errors"><a href="#errors">Errors</a></h2>${errorTable()}
<h2 id="failure-codes"><a href="#failure-codes">Failure codes</a></h2>
<p>The <code>error.code</code> of an item that failed.</p>${failureTable()}
<h2 id="objects"><a href="#objects">Objects</a></h2>
${objects.map(([name, schema]) => html`<h3 id="${name}"><a href="#${name}">${name}</a></h3>${fieldTable(schema)}`)}`,
    navigation(groups),
  );
}

function navigation(groups: { name: string; operations: Operation[] }[]) {
  const link = ({ operationId, method, summary }: Operation) =>
    html`<li><span class="method ${method}">${method}</span><a href="#${operationId}">${summary}</a></li>`;
  return html`<nav><b>Trawl API</b>
${groups.map(({ name, operations }) => html`<h4>${name}</h4><ul>${operations.map(link)}</ul>`)}
<h4>More</h4><ul><li><a href="#errors">Errors</a></li><li><a href="#failure-codes">Failure codes</a></li><li><a href="#objects">Objects</a></li></ul></nav>`;
}

function operationsOf(paths: OpenApiDocument["paths"] = {}, isSent: boolean): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).flatMap((name) => {
      const method = methods.find((method) => method === name);
      const operation = method && item[method];
      if (!operation) return [];
      const body =
        operation.requestBody && "content" in operation.requestBody ? operation.requestBody : undefined;
      return [
        {
          isSent,
          method: method.toUpperCase(),
          path,
          operationId: operation.operationId ?? "",
          summary: operation.summary ?? "",
          description: operation.description ?? "",
          tag: operation.tags?.[0] ?? "",
          open: operation.security?.length === 0,
          parameters: (operation.parameters ?? []) as Operation["parameters"],
          body: body?.content["application/json"] as Operation["body"],
          responses: Object.entries(operation.responses ?? {}) as Operation["responses"],
        },
      ];
    }),
  );
}

function operationSection(operation: Operation, origin: string) {
  const { operationId, summary, isSent, method, path, description, parameters, body, responses } = operation;
  return html`<section>
<h3 id="${operationId}"><a href="#${operationId}">${summary}</a></h3>
<p class="route"><span class="method ${method}">${method}</span> <code>${isSent ? "your webhook" : path}</code></p>
${paragraphs(description)}
<pre>${isSent ? JSON.stringify(body?.example, null, 2) : curlLine(operation, origin)}</pre>
${parameters.length > 0 ? html`<h4>Parameters</h4>${parameterTable(parameters)}` : ""}
${body?.schema ? html`<h4>Body</h4>${bodySection(body.schema)}` : ""}
<h4>Responses</h4>
${responses.map(([status, response]) => responseSection(status, response))}
</section>`;
}

/** The fields of a request body, or a link to the object that it is. */
function bodySection(schema: Schema) {
  const name = schema.$ref && nameOf(schema.$ref);
  return name ? html`<p><a href="#${name}">${name}</a></p>` : fieldTable(schema);
}

/** A response: collapsed around its example, or one line of text if it has none. */
function responseSection(status: string, { description, content }: Operation["responses"][number][1]) {
  const lines = description
    .split("\n\n")
    .map((line, i) => html`${i > 0 ? html`<br />` : ""}${descriptionLine(line)}`);
  const json = content?.["application/json"];
  if (json?.example === undefined) return html`<p class="response"><b>${status}</b><span>${lines}</span></p>`;
  const link = json.schema?.$ref && nameOf(json.schema.$ref);
  return html`<details><summary><b>${status}</b> ${lines}</summary>
${link ? html`<p><a href="#${link}">${link}</a></p>` : ""}<pre>${JSON.stringify(json.example, null, 2)}</pre></details>`;
}

/** A line of a response's description. The code of an error links to its page. */
function descriptionLine(line: string) {
  const code = Object.keys(problemTypes).find((code) => line.startsWith(`\`${code}\`: `)) as
    | ProblemCode
    | undefined;
  if (!code) return inline(line);
  return html`<a href="/errors/${slugOf(code)}"><code>${code}</code></a> ${inline(line.slice(code.length + 4))}`;
}

function curlLine({ method, path, open, body, parameters }: Operation, origin: string): string {
  const required = parameters.filter((parameter) => parameter.in === "query" && parameter.required);
  const query = required.map(({ name }) => `${name}=…`).join("&");
  const url = `'${origin}${path}${query && `?${query}`}'`;
  return [
    `curl${method === "GET" ? "" : ` -X ${method}`} ${url}`,
    ...(open ? [] : [`-H "Authorization: Bearer $TRAWL_KEY"`]),
    ...(body ? ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body.example, null, 2)}'`] : []),
  ].join(" \\\n  ");
}

function errorTable() {
  const rows = Object.entries(problemTypes).map(
    ([code, { status, meaning }]) => html`<tr>
    <td>${status}</td>
    <td><a href="/errors/${slugOf(code as ProblemCode)}"><code>${code}</code></a></td>
    <td>${inline(meaning)}</td>
  </tr>`,
  );
  return html`<table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function failureTable() {
  const rows = Object.entries(failureCodes).map(
    ([code, meaning]) => html`<tr><td><code>${code}</code></td><td>${inline(meaning)}</td></tr>`,
  );
  return html`<table><thead><tr><th>Code</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table>`;
}
