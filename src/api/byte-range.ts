/**
 * Parses a `Range` header with a single range of bytes (RFC 9110, section 14.1.2).
 *
 * R2 can parse the header itself (`range: headers`), but returns the whole object for an unsatisfiable range just as for
 * a malformed one. Only the first needs a 416.
 *
 * @returns the offset and length of the range; "unsatisfiable" if it starts beyond the end; or null if the header must be
 *   ignored, because it is absent or malformed, uses another unit, or has several ranges
 */
export function byteRange(
  header: string | undefined,
  size: number,
): { offset: number; length: number } | "unsatisfiable" | null {
  const [, first = "", last = ""] = /^bytes=\s*([0-9]*)-([0-9]*)\s*$/i.exec(header ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first !== "" && last !== "" && Number(last) < Number(first)) return null;
  // Without a first byte, the last one is a length that counts from the end.
  const offset = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  return offset < end ? { offset, length: end - offset } : "unsatisfiable";
}
