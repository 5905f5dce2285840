/** Finds the URL of the image that an `<img>` shows, even if it was never loaded. */
import { type Element, isTag, isText } from "domhandler";
import { findOne } from "domutils";

/** Attributes in which lazy-loading scripts keep the URL of the image to show, most common first. */
const lazyAttributes = [
  ...[
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-lazyload",
    "data-lazy-load",
    "data-echo",
  ],
  ...[
    "data-original-src",
    "data-orig-src",
    "data-img-src",
    "data-image-src",
    "data-real-src",
    "data-actualsrc",
  ],
  ...["data-ks-lazyload", "data-cfsrc", "data-delayed-url", "data-defer-src", "data-pagespeed-lazy-src"],
  ...[
    "data-hi-res-src",
    "data-highres",
    "data-flickity-lazyload",
    "nitro-lazy-src",
    "data-ll-src",
    "lazy-src",
  ],
];
const lazySetAttributes = [
  ...["data-srcset", "data-lazy-srcset", "data-original-set", "data-lazyload-srcset", "data-cfsrcset"],
  ...["data-flickity-lazyload-srcset", "nitro-lazy-srcset", "lazy-srcset"],
];

/** Attributes that may have the image, or a larger one, or something else. They only count if nothing else is known. */
const possibleAttribute = /^data-[\w-]*(?:src|url|image|img|full|large|file|thumb|photo)[\w-]*$/;
const imageName = /^[^\s{}<>]+\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#][^\s{}<>]*)?$/i;

/** Names of placeholder images. They only count if the real image is known too. */
const placeholderName =
  /(?:placeholder|blank|spacer|transparent|loading|lazy|pixel|1x1|blur|lqip|low-?res|(?:^|[/_-])tiny)[^/]*$/i;

/** Pixels. An image that is at least this wide and high is no ornament. */
const PICTURE_SIZE = 100;

/** The absolute URL of the image, or null if it has none that is valid outside the page. */
export function imageUrl(image: Element, baseUrl: string): string | null {
  const { src, srcset } = image.attribs;
  const lazy = lazyUrl(image, baseUrl);
  if (lazy) return lazy;
  const current = absoluteImageUrl(src, baseUrl);
  if (current && !placeholderName.test(src ?? "")) return current;
  const real = largestOf(srcset, baseUrl) ?? sourceUrl(image, baseUrl) ?? possibleUrl(image, baseUrl);
  if (real) return real;
  return current && !isBesideNoscriptImage(image) ? current : null;
}

/** Whether the image is at most 1 pixel in size, which only serves to count readers. */
export function isTrackingPixel({ attribs }: Element): boolean {
  return /^[01](?:px)?$/.test(attribs.width ?? "") && /^[01](?:px)?$/.test(attribs.height ?? "");
}

/** Whether the page says that the image is decoration, by an empty text, and neither its size nor its loading says otherwise. */
export function isDecoration({ attribs }: Element): boolean {
  if (attribs.alt?.trim() !== "") return false;
  const isPicture = isLarge(attribs.width) && isLarge(attribs.height);
  return !isPicture && ![...lazyAttributes, ...lazySetAttributes].some((name) => name in attribs);
}

/**
 * The image in a `<noscript>` that stands for one that has not been loaded. Others in `<noscript>` mostly count readers.
 *
 * @param isPictured whether the `<noscript>` is within a link or a figure
 */
export function noscriptImage(noscript: Element, baseUrl: string, isPictured: boolean): Element | null {
  const image = findOne(({ name }) => name === "img", noscript.children);
  if (!image || isTrackingPixel(image)) return null;
  const beside = [sibling(noscript, "prev"), sibling(noscript, "next")].filter(
    (node) => node?.name === "img",
  );
  if (beside.length > 0) return beside.every((other) => other && !imageUrl(other, baseUrl)) ? image : null;
  const { width, height, srcset } = image.attribs;
  return isPictured || isLarge(width) || isLarge(height) || srcset !== undefined ? image : null;
}

function isLarge(size: string | undefined): boolean {
  return Number.parseInt(size ?? "0", 10) >= PICTURE_SIZE;
}

function isBesideNoscriptImage(image: Element): boolean {
  return [sibling(image, "prev"), sibling(image, "next")].some(
    (node) => node?.name === "noscript" && findOne(({ name }) => name === "img", node.children),
  );
}

/** The element right before or after it, with nothing but space in between. */
function sibling(element: Element, direction: "prev" | "next"): Element | null {
  let node = element[direction];
  if (node && isText(node) && node.data.trim() === "") node = node[direction];
  return node && isTag(node) ? node : null;
}

/** The URL that a script would load once the image comes into view. */
function lazyUrl({ attribs }: Element, baseUrl: string): string | null {
  for (const name of lazyAttributes) {
    const value = attribs[name]?.replace("{width}", String(largestWidth(attribs["data-widths"])));
    const url = value && /^[^\s{}<>]*[./][^\s{}<>]*$/.test(value) ? absoluteImageUrl(value, baseUrl) : null;
    if (url && !placeholderName.test(url)) return url;
  }
  return first(lazySetAttributes.map((name) => largestOf(attribs[name], baseUrl)));
}

/** Shopify's themes list the widths of an image, such as `[180,360,540]`. */
function largestWidth(widths = ""): number {
  const numbers = widths.slice(0, 200).match(/\d{2,4}/g);
  return numbers ? Math.max(...numbers.map(Number)) : 1024;
}

/** An attribute with an image in it. */
function possibleUrl({ attribs }: Element, baseUrl: string): string | null {
  for (const [name, value] of Object.entries(attribs)) {
    if (possibleAttribute.test(name) && value.length < 2000 && imageName.test(value))
      return absoluteImageUrl(value, baseUrl);
  }
  return null;
}

/** The URL in the `<source>` elements of the `<picture>` around the image. */
function sourceUrl(image: Element, baseUrl: string): string | null {
  const picture = image.parent;
  if (!picture || !isTag(picture) || picture.name !== "picture") return null;
  const sources = picture.children.filter(isTag).filter(({ name }) => name === "source");
  return first(
    sources.map(
      ({ attribs }) => largestOf(attribs["data-srcset"], baseUrl) ?? largestOf(attribs.srcset, baseUrl),
    ),
  );
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
