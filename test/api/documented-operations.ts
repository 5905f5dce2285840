/** The operations of the OpenAPI document. */
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";

export interface Operation {
  method: string;
  /** With parameters in braces. */
  path: string;
  /** Needs a key. */
  secured: boolean;
  takesBody: boolean;
  /** Query parameters. */
  query: string[];
}

interface Described {
  security?: unknown[];
  requestBody?: unknown;
  parameters?: { name: string; in: string }[];
}

const paths = JSON.parse(JSON.stringify(openApiDocument().paths)) as Record<
  string,
  Record<string, Described>
>;

export const operations: Operation[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security, requestBody, parameters = [] }]) => ({
    method: method.toUpperCase(),
    path,
    secured: security?.length !== 0,
    takesBody: requestBody !== undefined,
    query: parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
  })),
);

/** Fills in the parameters of a path: with `value`, or with the result of `value` for each name. */
export function withParameters(path: string, value: string | ((name: string) => string)): string {
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => (typeof value === "string" ? value : value(name)));
}
