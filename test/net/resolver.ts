/**
 * A DNS-over-HTTPS resolver (JSON API, over plain HTTP) that answers what the name says.
 *
 * Each label but the last two is part of the answer: `a-10-0-0-1` an A record, `aaaa-2606-4700--1111` an AAAA record (`-`
 * for `:`), `ttl-9` the records' TTL in seconds (60 if absent), `nxdomain`, `servfail`, `aaaa-servfail` (for AAAA only),
 * `hang`, `error-500`, `garbage`. `GET /asked/<name>` returns how often the name was looked up.
 */
import { createServer, type ServerResponse } from "node:http";
import { type Listening, listening } from "../site/listening.ts";

const types: Record<string, number> = { A: 1, AAAA: 28 };

/** Starts the resolver on a free port. */
export async function startResolver(): Promise<Listening> {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://resolver");
    if (pathname.startsWith("/asked/")) return response.end(String(asked.get(pathname.slice(7)) ?? 0));
    const name = searchParams.get("name") ?? "";
    asked.set(name, (asked.get(name) ?? 0) + 1);
    answer(response, name, searchParams.get("type") ?? "");
  });
  return listening(server, "127.0.0.1", 0);
}

function answer(response: ServerResponse, name: string, type: string): void {
  const labels = name.split(".").slice(0, -2);
  if (labels.includes("hang")) return;
  if (labels.includes("error-500")) response.writeHead(500).end();
  else if (labels.includes("garbage")) response.end("<html>");
  else {
    const isFailing = labels.includes("servfail") || (type === "AAAA" && labels.includes("aaaa-servfail"));
    const Status = isFailing ? 2 : labels.includes("nxdomain") ? 3 : 0;
    const TTL = Number(labels.find((label) => label.startsWith("ttl-"))?.slice(4) ?? 60);
    const prefix = `${type.toLowerCase()}-`;
    const separator = type === "A" ? "." : ":";
    const addresses = labels
      .filter((label) => label.startsWith(prefix) && !label.endsWith("servfail"))
      .map((label) => label.slice(prefix.length).replaceAll("-", separator));
    const alias = { name, type: 5, TTL, data: "elsewhere.example." };
    const records = addresses.map((data) => ({ name, type: types[type], TTL, data }));
    response.setHeader("content-type", "application/dns-json");
    response.end(JSON.stringify({ Status, Answer: Status === 0 ? [alias, ...records] : undefined }));
  }
}
