/** The output of parsers. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** Drops properties that are undefined. */
export function found<Shape extends Record<string, Json | undefined>>(properties: Shape): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).filter((property): property is [string, Json] => property[1] !== undefined),
  );
}
