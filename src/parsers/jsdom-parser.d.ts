/** The small DOM that Readability brings along for workers. It has no types of its own. */
declare module "@mozilla/readability/JSDOMParser.js" {
  export default class JSDOMParser {
    parse(html: string, url?: string): Document;
  }
}
