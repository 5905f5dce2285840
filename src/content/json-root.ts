/** The root of `json_content`, which is always an object, because clients' libraries accept nothing else. */

/**
 * Valid JSON text with an object at its root: an array becomes `{"items": […]}`, any other value `{"value": …}`. Works on
 * the text, so that numbers stay as they were written.
 */
export function withObjectRoot(json: string): string {
  const text = json.trim();
  if (text.startsWith("{")) return json;
  return text.startsWith("[") ? `{"items":${text}}` : `{"value":${text}}`;
}
