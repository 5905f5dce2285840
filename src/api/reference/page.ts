/** `/docs`: the OpenAPI document as a page for people. */
import { html } from "hono/html";
import { problemTypes, slugOf } from "../problem-types.ts";
import type { OpenApiDocument } from "./document.ts";
import { layout } from "./layout.ts";
import { inline, prose } from "./prose.ts";
import { fieldTable, parameterTable, type Schema } from "./schema-table.ts";

const methods = ["get", "post", "put", "patch", "delete"] as const;

interface Content {
  [type: string]: { schema?: Schema; example?: unknown };
}

/** What the page shows of an operation. */
interface Operation {
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

/** @param origin where the curl lines send requests */
export function referencePage(document: OpenApiDocument, origin: string) {
  const operations = operationsOf(document);
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);
  return layout(
    "Trawl API",
    html`<h1>Trawl API</h1>
${prose(document.info.description ?? "")}
<p>The same as an <a href="/openapi.json">OpenAPI 3.1 document</a>.</p>
<nav><ul>${operations.map(({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`)}
<li><a href="#errors">Errors</a></li><li><a href="#objects">Objects</a></li></ul></nav>
${document.tags?.map(
  ({ name, description }) => html`<h2>${name}</h2>${prose(description ?? "")}
${operations.filter(({ tag }) => tag === name).map((operation) => operationSection(operation, origin))}`,
)}
<h2 id="errors">Errors</h2>${errorTable()}
<h2 id="objects">Objects</h2>
${schemas.map(([name, schema]) => html`<h3 id="${name}">${name}</h3>${fieldTable(schema)}`)}`,
  );
}

function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const body =
        operation.requestBody && "content" in operation.requestBody ? operation.requestBody : undefined;
      return [
        {
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
  const { operationId, summary, method, path, description, parameters, body, responses } = operation;
  return html`<section>
<h3 id="${operationId}">${summary}</h3>
<p><span class="method">${method}</span> <code>${path}</code></p>
${prose(description)}
<pre>${curlLine(operation, origin)}</pre>
${parameters.length > 0 ? parameterTable(parameters) : ""}
${body?.schema ? html`<p>The body:</p>${fieldTable(body.schema)}` : ""}
<p>Answers:</p>
${responses.map(([status, response]) => answer(status, response))}
</section>`;
}

function answer(status: string, { description, content }: Operation["responses"][number][1]) {
  const example = content?.["application/json"]?.example;
  const shown = example === undefined ? "" : html`<pre>${JSON.stringify(example, null, 2)}</pre>`;
  return html`<p><b>${status}</b> ${description.split("\n\n").map((line, i) => html`${i > 0 ? html`<br />` : ""}${inline(line)}`)}</p>${shown}`;
}

function curlLine({ method, path, open, body, parameters }: Operation, origin: string): string {
  const required = parameters.filter((parameter) => parameter.in === "query" && parameter.required);
  const query = required.map(({ name }) => `${name}=…`).join("&");
  const url = `'${origin}${path}${query && `?${query}`}'`;
  return [
    `curl${method === "GET" ? "" : ` -X ${method}`} ${url}`,
    ...(open ? [] : [`-H "Authorization: Bearer $TRAWL_KEY"`]),
    ...(body ? ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body.example)}'`] : []),
  ].join(" \\\n  ");
}

function errorTable() {
  const rows = Object.entries(problemTypes).map(
    ([code, { status, meaning }]) => html`<tr>
    <td>${status}</td>
    <td><a href="/errors/${slugOf(code as keyof typeof problemTypes)}"><code>${code}</code></a></td>
    <td>${inline(meaning)}</td>
  </tr>`,
  );
  return html`<table><thead><tr><th>Status</th><th>Code</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
}
