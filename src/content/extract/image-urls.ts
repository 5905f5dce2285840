/** Which picture an `<img>` shows, for pages whose pictures were never loaded. */
import { type Element, isTag } from "domhandler";

/** Where scripts that load pictures late keep the real address, most telling first. */
const lazyAttributes = [
  "data-src",
  "data-lazy-src",
  "data-original",
  "data-lazy",
  "data-hi-res-src",
  "data-image",
];
const lazySetAttributes = ["data-srcset", "data-lazy-srcset"];

/** A stand-in shown until the real picture comes: told by its name, and only trusted where a real one is at hand. */
const placeholderName = /(?:placeholder|blank|spacer|transparent|loading|lazy|pixel|1x1)[^/]*$/i;

/** The full address of the image's picture, or null when it has none that outlives the page. */
export function imageUrl(image: Element, baseUrl: string): string | null {
  const { attribs } = image;
  const late =
    first(lazyAttributes.map((name) => pictureUrl(attribs[name], baseUrl))) ??
    first(lazySetAttributes.map((name) => largestOf(attribs[name], baseUrl)));
  const now = pictureUrl(attribs.src, baseUrl);
  if (now && !(late && placeholderName.test(attribs.src ?? ""))) return now;
  return late ?? largestOf(attribs.srcset, baseUrl) ?? sourceUrl(image, baseUrl) ?? now;
}

/** A picture of a point's size is there to count readers. */
export function isTrackingPixel({ attribs }: Element): boolean {
  return /^[01](?:px)?$/.test(attribs.width ?? "") && /^[01](?:px)?$/.test(attribs.height ?? "");
}

/** From the `<source>`s beside the image in its `<picture>`. */
function sourceUrl(image: Element, baseUrl: string): string | null {
  const picture = image.parent;
  if (!picture || !isTag(picture) || picture.name !== "picture") return null;
  const sources = picture.children.filter(isTag).filter(({ name }) => name === "source");
  return first(sources.map(({ attribs }) => largestOf(attribs.srcset ?? attribs["data-srcset"], baseUrl)));
}

/** The picture with the most pixels among the candidates of a `srcset`. */
function largestOf(srcset: string | undefined, baseUrl: string): string | null {
  if (!srcset) return null;
  let best: { url: string; size: number } | null = null;
  for (const [, address = "", size = "1"] of srcset.matchAll(/([^\s,]\S*[^\s,])(?:\s+([\d.]+)[wx])?/g)) {
    const url = pictureUrl(address, baseUrl);
    if (url && (!best || Number(size) > best.size)) best = { url, size: Number(size) };
  }
  return best?.url ?? null;
}

function pictureUrl(address: string | undefined, baseUrl: string): string | null {
  if (!address?.trim()) return null;
  const url = URL.parse(address, baseUrl);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.href : null;
}

function first(values: (string | null)[]): string | null {
  return values.find((value) => value !== null) ?? null;
}
