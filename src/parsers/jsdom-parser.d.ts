/** The small DOM that comes with Readability. It has no types. */
declare module "@mozilla/readability/JSDOMParser.js" {
  export default class JSDOMParser {
    parse(html: string, url?: string): Document;
  }
}
