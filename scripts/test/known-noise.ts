/** Lines that a run of the tests is better without: they come from the tools, and nothing can be done about them. */

const known = [
  // Miniflare's browser binding, whenever a browser's connection closes.
  /An event handler returned a promise that will be ignored/,
  /Can't call WebSocket send\(\) after close\(\)/,
  /^ +at file:.*\/miniflare\/dist\/src\/workers\/browser-rendering\/binding\.worker\.js/,
  // Wrangler and Vite, once for each project.
  /^Using secrets defined in \.dev\.vars$/,
  /^Sourcemap for ".*" points to missing source files$/,
];

export function isKnownNoise(line: string): boolean {
  return known.some((pattern) => pattern.test(line));
}
