/** Checks a response against the OpenAPI document: its status, content type and body must be described there. */
import { Validator } from "@cfworker/json-schema";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";

type Json = Record<string, unknown>;

const document = JSON.parse(JSON.stringify(openApiDocument())) as {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: Json }> }> }>
  >;
  components: Json;
};

const patterns = Object.keys(document.paths)
  // Fixed paths come first: /v1/batches/recent before /v1/batches/{id}.
  .sort((a, b) => Number(a.includes("{")) - Number(b.includes("{")))
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`) }));

/** @throws Error that says how the response differs from the document */
export function assertConforms(method: string, pathname: string, answer: Response, body: string): void {
  const path = patterns.find(({ pattern }) => pattern.test(pathname))?.path;
  const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
  if (!operation) {
    // The root redirects people to the reference.
    if (pathname === "/" && answer.status === 302) return;
    if (answer.status === 404 || answer.status === 405 || answer.status === 401 || answer.status === 204)
      return;
    throw new Error(`The document has no ${method} ${pathname}, which answered ${answer.status}.`);
  }
  const described = operation.responses[String(answer.status)];
  if (!described) throw new Error(`The document has no ${answer.status} for ${method} ${path}: ${body}`);
  const type = answer.headers.get("Content-Type")?.split(";")[0] ?? "";
  if (!described.content || (answer.status === 206 && !type)) return;
  const content = described.content[type];
  if (!content) throw new Error(`The document has no ${type} for ${answer.status} of ${method} ${path}.`);
  if (!type.endsWith("json") || Object.keys(content.schema).length === 0) return;
  const schema = { ...content.schema, components: document.components };
  const validator = new Validator(schema, "2020-12", false);
  const values = type === "application/x-ndjson" ? body.split("\n").slice(0, -1) : [body];
  for (const value of values) {
    const { valid, errors } = validator.validate(JSON.parse(value));
    if (!valid) throw new Error(`${method} ${path} ${answer.status}: ${JSON.stringify(errors)} in ${value}`);
  }
}
