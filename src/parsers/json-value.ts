/** The output of parsers. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Drops properties that are undefined. */
export function found<Shape extends Record<string, Json | undefined>>(
  properties: Shape,
): { [key: string]: Json } {
  return Object.fromEntries(
    Object.entries(properties).filter((property): property is [string, Json] => property[1] !== undefined),
  );
}
