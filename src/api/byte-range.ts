/**
 * Reads a `Range` header (RFC 9110, section 14.1.2) that asks for one range of bytes.
 *
 * @returns the first byte and how many; "unsatisfiable" if it begins beyond the end; null if it is to be ignored: there
 *   is none, it is malformed, of another unit, or asks for several at once
 */
export function byteRange(
  header: string | undefined,
  size: number,
): { offset: number; length: number } | "unsatisfiable" | null {
  const match = /^bytes=\s*([0-9]*)-([0-9]*)\s*$/i.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return null;
  if (first === "") return between(Math.max(0, size - Number(last)), size, size);
  if (last !== "" && Number(last) < Number(first)) return null;
  return between(Number(first), last === "" ? size : Number(last) + 1, size);
}

function between(
  start: number,
  end: number,
  size: number,
): { offset: number; length: number } | "unsatisfiable" {
  const length = Math.min(end, size) - start;
  return length > 0 ? { offset: start, length } : "unsatisfiable";
}
