/** Pages as large as Trawl keeps them. They are no part of the site's list, because each takes seconds. */
import type { Respond, Route } from "../page.ts";

const mebibyte = 1024 * 1024;

/**
 * A page whose HTML has almost `bytes` bytes in UTF-8, nearly all of them in characters of three bytes. It is hidden,
 * because a browser takes minutes to lay out so much text.
 */
const textPage = (heading: string, bytes: number) => {
  const line = `<p>${"潮位計は港の入口にあり、満潮と干潮を十五分ごとに記録する。".repeat(40)}</p>\n`;
  return page(heading, `<p>Most of it is hidden.</p><div hidden>${repeated(line, bytes - 1000)}</div>`);
};

/** A page of `tags` start and end tags. */
const tagPage = (heading: string, tags: number) =>
  page(heading, `<ul>${'<li><a href="/tiny/1">1</a></li>\n'.repeat(Math.floor((tags - 20) / 4))}</ul>`);

const page = (heading: string, main: string) =>
  `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${heading}</title></head>` +
  `<body><h1>${heading}</h1><main>${main}</main></body></html>`;

function repeated(line: string, bytes: number): string {
  return line.repeat(Math.floor(bytes / Buffer.byteLength(line)));
}

const respondWith =
  (make: (heading: string, amount: number) => string): Respond =>
  ({ params }) => ({ body: make(`Large page ${params.n}`, Number(params.amount)) });

export const largeRoutes: Route[] = [
  { pattern: "/large/text/:amount/:n", respond: respondWith(textPage) },
  { pattern: "/large/tags/:amount/:n", respond: respondWith(tagPage) },
];

/** The path of page `n` with 16 MiB of Chinese and Japanese text. */
export const largeTextPath = (n: number, bytes = 16 * mebibyte - 4096) => `/large/text/${bytes}/${n}`;

/** The path of page `n` with 300,000 tags. */
export const largeTagPath = (n: number, tags = 300_000) => `/large/tags/${tags}/${n}`;
