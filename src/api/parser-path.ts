/** The path of one parser: an ID, or a scoped ID with or without its slash encoded (`@trawl/article`). */
export const parserPath = "/:id{(?:@[\\w.-]+/[\\w.-]+|[^/]+)}";
