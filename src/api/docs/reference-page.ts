/** `/docs`: the OpenAPI document as a page for people. */
import { html } from "hono/html";
import { type ProblemCode, problemTypes, slugOf } from "../problem-types.ts";
import type { OpenApiDocument } from "./openapi-document.ts";
import { layout } from "./page-layout.ts";
import { fieldTable, hasFields, parameterTable, type Schema } from "./schema-table.ts";
import { inline, prose } from "./text-to-html.ts";

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
  const groups = (document.tags ?? []).map(({ name, description = "" }) => ({
    name,
    description,
    operations: operations.filter(({ tag }) => tag === name),
  }));
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);
  const objects = schemas.filter(([, schema]) => hasFields(schema));
  return layout(
    "Trawl API",
    html`<h1>Trawl API</h1>
${prose(document.info.description ?? "")}
<p>The same as an <a href="/openapi.json">OpenAPI 3.1 document</a>. The curl lines take the key from <code>$TRAWL_KEY</code>.</p>
${groups.map(
  ({
    name,
    description,
    operations,
  }) => html`<h2 id="${name}"><a href="#${name}">${name}</a></h2>${prose(description)}
${operations.map((operation) => operationSection(operation, origin))}`,
)}
<h2 id="errors"><a href="#errors">Errors</a></h2>${errorTable()}
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
<h4>More</h4><ul><li><a href="#errors">Errors</a></li><li><a href="#objects">Objects</a></li></ul></nav>`;
}

function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item).flatMap((name) => {
      const method = methods.find((method) => method === name);
      const operation = method && item[method];
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
<h3 id="${operationId}"><a href="#${operationId}">${summary}</a></h3>
<p class="route"><span class="method ${method}">${method}</span> <code>${path}</code></p>
${prose(description)}
<pre>${curlLine(operation, origin)}</pre>
${parameters.length > 0 ? html`<h4>Parameters</h4>${parameterTable(parameters)}` : ""}
${body?.schema ? html`<h4>Body</h4>${fieldTable(body.schema)}` : ""}
<h4>Answers</h4>
${responses.map(([status, response]) => answer(status, response))}
</section>`;
}

/** An answer: with its example folded, or as a line of text. */
function answer(status: string, { description, content }: Operation["responses"][number][1]) {
  const lines = description
    .split("\n\n")
    .map((line, i) => html`${i > 0 ? html`<br />` : ""}${meaning(line)}`);
  const json = content?.["application/json"];
  if (json?.example === undefined) return html`<p class="answer"><b>${status}</b><span>${lines}</span></p>`;
  const link = json.schema?.$ref?.split("/").at(-1);
  return html`<details><summary><b>${status}</b> ${lines}</summary>
${link ? html`<p><a href="#${link}">${link}</a></p>` : ""}<pre>${JSON.stringify(json.example, null, 2)}</pre></details>`;
}

/** A line of a description; the code of an error leads to its page. */
function meaning(line: string) {
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
  return html`<table><thead><tr><th>Status</th><th>Code</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
}
