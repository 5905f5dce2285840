import type { Client } from "../trawl/client.ts";

/** Shell commands that call the API, ready to paste. Leaves out those that need a `retrieveId` or `url` if there is none. */
export function curlLines(
  { origin, key }: Pick<Client, "origin" | "key">,
  { batchId, retrieveId, url }: { batchId: string; retrieveId?: string; url?: string },
): string[] {
  const curl = `curl -H ${quoted(`Authorization: Bearer ${key}`)}`;
  const lines = [
    `${curl} ${quoted(`${origin}/v1/batches/${batchId}`)}`,
    `${curl} ${quoted(`${origin}/v1/batches/${batchId}/items?limit=5`)}`,
  ];
  if (retrieveId)
    lines.push(`${curl} ${quoted(`${origin}/v1/retrieve?retrieve_id=${retrieveId}&formats=markdown`)}`);
  if (url) {
    const body = quoted(JSON.stringify({ items: [{ custom_id: "mine", url }] }));
    lines.push(`${curl} -H 'Content-Type: application/json' -d ${body} ${quoted(`${origin}/v1/batches`)}`);
  }
  return lines;
}

/** Quoted for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
