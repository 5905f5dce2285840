/** Lines of tool output that `npm test` leaves out, because nothing can be done about them. */

const patterns = [
  // Miniflare's browser binding, whenever a browser's connection closes.
  /An event handler returned a promise that will be ignored/,
  /Can't call WebSocket send\(\) after close\(\)/,
  /^ +at file:.*\/miniflare\/dist\/src\/workers\/browser-rendering\/binding\.worker\.js/,
  // Wrangler and Vite, once per project.
  /^Using secrets defined in \.dev\.vars$/,
  /^Sourcemap for ".*" points to missing source files$/,
];

export function isKnownNoise(line: string): boolean {
  return patterns.some((pattern) => pattern.test(line));
}
