/** What parsers answer. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The properties that were found: those without a value are left out. */
export function found<Shape extends Record<string, Json | undefined>>(
  properties: Shape,
): { [key: string]: Json } {
  return Object.fromEntries(
    Object.entries(properties).filter((property): property is [string, Json] => property[1] !== undefined),
  );
}
