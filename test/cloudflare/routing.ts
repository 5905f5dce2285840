/** Which handler answers a call. */
import type { IncomingHttpHeaders } from "node:http";
import type { Account } from "./account.ts";
import type { Cloudflare } from "./server.ts";

export interface Call {
  fake: Cloudflare;
  /** The account in the path. Handlers of paths without one do not use it. */
  account: Account;
  /** What the path has in place of `:name`, decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The accounts that the token may use. */
  accounts: Account[];
  /** Parsed JSON, or what `readForm` makes of an upload. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies are what wrangler sends
  body: any;
}

/** A list that is answered in pages. */
export class Listed {
  readonly items: unknown[];
  constructor(items: unknown[]) {
    this.items = items;
  }
}

export type Handler = (call: Call) => unknown;

/** Keyed by method and path, such as `GET /accounts/:account/queues`. */
export type Routes = Record<string, Handler>;

export interface Match {
  handler: Handler;
  params: Record<string, string>;
}

export function matcher(routes: Routes): (method: string, path: string) => Match | undefined {
  const all = Object.entries(routes).map(([route, handler]) => {
    const [method, path = ""] = route.split(" ");
    return { method, parts: path.split("/"), handler };
  });
  return (method, path) => {
    const given = path.split("/");
    for (const route of all) {
      if (route.method !== method || route.parts.length > given.length) continue;
      const params: Record<string, string> = {};
      // A last part that begins with `*` takes the rest of the path.
      const takesRest = route.parts.at(-1)?.startsWith("*");
      if (!takesRest && route.parts.length !== given.length) continue;
      const fits = route.parts.every((part, i) => {
        if (part.startsWith("*")) params[part.slice(1)] = decodeURIComponent(given.slice(i).join("/"));
        else if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(given[i] ?? "");
        else return part === given[i];
        return true;
      });
      if (fits) return { handler: route.handler, params };
    }
    return undefined;
  };
}
