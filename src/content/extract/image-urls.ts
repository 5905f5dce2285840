/** Finds the URL of the image that an `<img>` shows, even if it was never loaded. */
import { type Element, isTag } from "domhandler";

/** Attributes in which lazy-loading scripts keep the real URL, most reliable first. */
const lazyAttributes = [
  "data-src",
  "data-lazy-src",
  "data-original",
  "data-lazy",
  "data-hi-res-src",
  "data-image",
];
const lazySetAttributes = ["data-srcset", "data-lazy-srcset"];

/** Names of placeholder images. They only count if the real image is known too. */
const placeholderName = /(?:placeholder|blank|spacer|transparent|loading|lazy|pixel|1x1)[^/]*$/i;

/** The absolute URL of the image, or null if it has none that is valid outside the page. */
export function imageUrl(image: Element, baseUrl: string): string | null {
  const { attribs } = image;
  const lazy =
    first(lazyAttributes.map((name) => absoluteImageUrl(attribs[name], baseUrl))) ??
    first(lazySetAttributes.map((name) => largestOf(attribs[name], baseUrl)));
  const current = absoluteImageUrl(attribs.src, baseUrl);
  if (current && !(lazy && placeholderName.test(attribs.src ?? ""))) return current;
  return lazy ?? largestOf(attribs.srcset, baseUrl) ?? sourceUrl(image, baseUrl) ?? current;
}

/** Whether the image is at most 1 pixel in size, which only serves to count readers. */
export function isTrackingPixel({ attribs }: Element): boolean {
  return /^[01](?:px)?$/.test(attribs.width ?? "") && /^[01](?:px)?$/.test(attribs.height ?? "");
}

/** The URL in the `<source>` elements of the `<picture>` around the image. */
function sourceUrl(image: Element, baseUrl: string): string | null {
  const picture = image.parent;
  if (!picture || !isTag(picture) || picture.name !== "picture") return null;
  const sources = picture.children.filter(isTag).filter(({ name }) => name === "source");
  return first(sources.map(({ attribs }) => largestOf(attribs.srcset ?? attribs["data-srcset"], baseUrl)));
}

/** The largest image in a `srcset`. */
function largestOf(srcset: string | undefined, baseUrl: string): string | null {
  if (!srcset) return null;
  let best: { url: string; size: number } | null = null;
  for (const [, address = "", size = "1"] of srcset.matchAll(/([^\s,]\S*[^\s,])(?:\s+([\d.]+)[wx])?/g)) {
    const url = absoluteImageUrl(address, baseUrl);
    if (url && (!best || Number(size) > best.size)) best = { url, size: Number(size) };
  }
  return best?.url ?? null;
}

function absoluteImageUrl(address: string | undefined, baseUrl: string): string | null {
  if (!address?.trim()) return null;
  const url = URL.parse(address, baseUrl);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.href : null;
}

function first(values: (string | null)[]): string | null {
  return values.find((value) => value !== null) ?? null;
}
