/** Scripts that run inside the rendered page are imported as their text: see [[rules]] in wrangler.toml. */
declare module "*.page.js" {
  const source: string;
  export default source;
}
