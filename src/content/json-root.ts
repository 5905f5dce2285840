/** The root of `json_content`, which is always an object, because clients' libraries accept nothing else. */

/**
 * What to put around JSON text so that there is an object at its root: an array becomes `{"items": […]}`, any other value
 * `{"value": …}`. Takes the text or its start, so that a text can be streamed and numbers stay as they were written.
 */
export function rootAround(start: string): [before: string, after: string] {
  const text = start.trimStart();
  if (text.startsWith("{")) return ["", ""];
  return [text.startsWith("[") ? '{"items":' : '{"value":', "}"];
}

/** Valid JSON text with an object at its root. */
export function withObjectRoot(json: string): string {
  const [before, after] = rootAround(json);
  return after === "" ? json : before + json.trim() + after;
}
