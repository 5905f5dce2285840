import { type AnyNode, type Element, isTag } from "domhandler";
import { currencyIn } from "../currencies.ts";
import { found, type Json } from "../json-value.ts";
import { parseNumber } from "../parse-number.ts";
import { type Price, parsePrice } from "../parse-price.ts";
import type { ParserPage } from "../parser-page.ts";
import { shortName, type Thing } from "../structured-data/thing.ts";
import { structuredData, Things, textIn } from "../structured-data.ts";

/** The product that a page sells: from its structured data, completed by what the page shows. */
export function readProduct(page: ParserPage): Json | undefined {
  const stated = statedProduct(page);
  const shown = shownProduct(page);
  if (!stated && !shown) return undefined;
  const name = stated?.name ?? shown?.name ?? headline(page);
  if (name === undefined) return undefined;
  const { price, price_high, currency } =
    stated?.price === undefined && shown ? shown : (stated ?? shown ?? {});
  return {
    ...found({
      ...order,
      ...found({ ...shown }),
      ...found({ ...stated }),
      name,
      price,
      price_high,
      currency,
    }),
    images: [...new Set(stated?.images.length ? stated.images : (shown?.images ?? []))],
  };
}

/** The fields that come first in the output. */
const order = { name: undefined, price: undefined, price_high: undefined, currency: undefined };

interface Product {
  name: string | undefined;
  price: number | undefined;
  /** The highest price, if there are several. */
  price_high: number | undefined;
  currency: string | undefined;
  /** In schema.org's terms: `InStock`, `OutOfStock`, `PreOrder`… */
  availability: string | undefined;
  brand: string | undefined;
  description: string | undefined;
  sku: string | undefined;
  mpn: string | undefined;
  gtin: string | undefined;
  category: string | undefined;
  condition: string | undefined;
  rating: { [key: string]: Json } | undefined;
  url: string | undefined;
  images: string[];
}

const productTypes =
  /^(?:Product|ProductGroup|ProductModel|SomeProducts|IndividualProduct|Vehicle|Car|Book)$/;
const MAX_IMAGES = 50;

function statedProduct(page: ParserPage): Product | undefined {
  const things = new Things(structuredData(page));
  const product = things.firstOf((type) => productTypes.test(type));
  if (!product) return undefined;
  const [variant] = things.of(product.hasVariant);
  const offers = [...things.of(product.offers), ...things.of(variant?.offers)];
  const prices = offers.flatMap((offer) => offerPrices(offer, things));
  const [offer] = offers;
  const [rating] = things.of(product.aggregateRating);
  const text = (...values: (Json | undefined)[]) =>
    values.map((value) => textIn(value)).find((value) => value !== undefined);
  const low = prices.length > 0 ? Math.min(...prices) : undefined;
  const high = prices.length > 0 ? Math.max(...prices) : undefined;
  return {
    name: text(product.name),
    price: low,
    price_high: high === low ? undefined : high,
    currency: currencyOf(offers, things),
    availability: shortText(text(offer?.availability)),
    brand: text(product.brand, product.manufacturer),
    description: text(product.description),
    sku: text(product.sku, variant?.sku),
    mpn: text(product.mpn),
    gtin: text(product.gtin, product.gtin13, product.gtin14, product.gtin12, product.gtin8, product.isbn),
    category: text(product.category),
    condition: shortText(text(offer?.itemCondition, product.itemCondition)),
    rating: rating && ratingOf(rating),
    url: page.absoluteUrl(text(product.url, offer?.url)),
    images: imagesIn(product.image, page).slice(0, MAX_IMAGES),
  };
}

/** An offer's price, or its range of prices, without a former price. */
function offerPrices(offer: Thing, things: Things): number[] {
  const specifications = things.of(offer.priceSpecification).filter((one) => !isFormerPrice(one));
  return [offer.price, offer.lowPrice, offer.highPrice, ...specifications.map(({ price }) => price)].flatMap(
    (value) => numberIn(value) ?? [],
  );
}

/** schema.org's price types: the price before a sale, or the one that the maker suggests. */
function isFormerPrice({ priceType }: Thing): boolean {
  return /(?:ListPrice|MSRP|SRP|RegularPrice|StrikethroughPrice)$/i.test(textIn(priceType) ?? "");
}

function currencyOf(offers: Thing[], things: Things): string | undefined {
  for (const offer of offers) {
    for (const { priceCurrency } of [offer, ...things.of(offer.priceSpecification)]) {
      const stated = textIn(priceCurrency) ?? "";
      const currency = /^[a-z]{3}$/i.test(stated) ? stated.toUpperCase() : currencyIn(stated, "en");
      if (currency) return currency;
    }
  }
  return undefined;
}

function ratingOf(rating: Thing): { [key: string]: Json } | undefined {
  const value = numberIn(rating.ratingValue);
  if (value === undefined) return undefined;
  const count = numberIn(rating.reviewCount) ?? numberIn(rating.ratingCount);
  return found({ value, best: numberIn(rating.bestRating), count });
}

/** Structured data uses a decimal point, whatever the page's language. */
function numberIn(value: Json | undefined): number | undefined {
  const text = textIn(value);
  if (text === undefined) return undefined;
  const number = /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : parseNumber(text);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

function shortText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shortName(text);
}

function imagesIn(value: Json | undefined, page: ParserPage): string[] {
  return [value ?? []].flat().flatMap((image) => {
    const isObject = typeof image === "object" && image !== null && !Array.isArray(image);
    const text = isObject
      ? (textIn(image.contentUrl) ?? textIn(image.url) ?? textIn(image["@id"]))
      : textIn(image);
    return page.absoluteUrl(text) ?? [];
  });
}

/** Selectors of the button that adds a product to the cart, and its text in common languages. */
const buyingSelectors =
  '[class*="add-to-cart" i], [class*="addtocart" i], [class*="add_to_cart" i], [id*="add-to-cart" i], ' +
  '[id*="addtocart" i], [class*="add-to-b" i], [class*="addtob" i], [id*="add-to-b" i], [name="add-to-cart"], ' +
  '[itemprop="price"], [data-action*="add-to-cart" i]';
const buyingWords =
  /^(?:add to (?:cart|basket|bag)|buy now|in den warenkorb|ajouter au panier|añadir al? carrito|añadir a la cesta|aggiungi al carrello|adicionar ao carrinho|in winkelwagen|lägg i varukorgen|læg i kurv|legg i handlekurv|dodaj do koszyka|в корзину|カートに入れる|加入购物车|장바구니)/i;

const priceSelectors =
  '[itemprop="price"], [data-price], [class*="price" i], [id*="price" i], [class*="preis" i], [class*="prix" i], [class*="precio" i]';
/** A former price, or one that others charge. */
const formerPriceSelectors =
  's, del, strike, [class*="old" i], [class*="was" i], [class*="regular" i], [class*="strike" i], [class*="crossed" i], ' +
  '[class*="list-price" i], [class*="original" i], [class*="compare" i], [class*="rrp" i], [class*="save" i]';

/** The product that the page shows, if it looks like a product page. */
function shownProduct(page: ParserPage): Product | undefined {
  const meta = (name: string) =>
    page.attribute(page.first(`meta[property="${name}"], meta[name="${name}"]`), "content");
  const metaPrice = meta("product:price:amount") ?? meta("og:price:amount");
  const isProduct =
    metaPrice !== undefined || /^(?:og:)?product/i.test(meta("og:type") ?? "") || canBeBought(page);
  if (!isProduct) return undefined;
  const container = productContainer(page);
  const price: Price | undefined =
    metaPrice === undefined
      ? shownPrice(container, page)
      : metaPriceOf(metaPrice, meta("product:price:currency") ?? meta("og:price:currency"));
  if (!price) return undefined;
  return {
    ...{
      name: headline(page),
      price: price.amount,
      price_high: undefined,
      currency: price.currency ?? undefined,
    },
    availability:
      availabilityIn(meta("product:availability") ?? meta("og:availability")) ??
      shownAvailability(container, page),
    brand:
      meta("product:brand") ??
      meta("og:brand") ??
      page.text(page.first('[itemprop="brand"], [class*="brand" i]', container)),
    description: meta("og:description") ?? meta("description"),
    ...{ sku: meta("product:retailer_item_id"), mpn: undefined, gtin: undefined, category: undefined },
    ...{ condition: meta("product:condition"), rating: shownRating(container, page), url: undefined },
    images: shownImages(container, meta("og:image"), page),
  };
}

function metaPriceOf(stated: string, currency: string | undefined): Price | undefined {
  const amount = numberIn(stated);
  return amount === undefined ? undefined : { amount, currency: currencyIn(currency ?? stated, "en") };
}

function canBeBought(page: ParserPage): boolean {
  if (page.first(buyingSelectors)) return true;
  return page.all('button, input[type="submit"], [role="button"], a').some((control) => {
    const words =
      page.text(control) ?? page.attribute(control, "value") ?? page.attribute(control, "aria-label");
    return words !== undefined && words.length < 40 && buyingWords.test(words);
  });
}

/** The smallest element around the page's heading that contains a price. */
function productContainer(page: ParserPage): AnyNode {
  const heading = page.first("main h1, [role=main] h1") ?? page.first("h1");
  for (let around = heading?.parent; around && isTag(around); around = around.parent) {
    if (page.first(priceSelectors, around)) return around;
  }
  return page.first("main") ?? page.document;
}

function shownPrice(container: AnyNode, page: ParserPage): Price | undefined {
  for (const element of page.all(priceSelectors, container)) {
    if (isWithin(formerPriceSelectors, element, container, page)) continue;
    const text = page.attribute(element, "content") ?? currentText(element, page);
    const price = text === undefined ? undefined : parsePrice(text, page.language);
    if (!price) continue;
    const currency = page.attribute(page.first('[itemprop="priceCurrency"]', container), "content");
    return { amount: price.amount, currency: price.currency ?? currencyIn(currency ?? "", "en") };
  }
  return undefined;
}

/** The text of a price, without a former price inside it. */
function currentText(element: Element, page: ParserPage): string | undefined {
  if (!page.first(formerPriceSelectors, element)) return page.amountText(element);
  const parts = element.children.filter(
    (child) => !isTag(child) || !page.matches(formerPriceSelectors, child),
  );
  const texts = parts.flatMap((part) => page.amountText(part) ?? []);
  return texts.join(" ") || undefined;
}

function isWithin(selector: string, element: Element, container: AnyNode, page: ParserPage): boolean {
  for (let node: AnyNode | null = element; node && node !== container && isTag(node); node = node.parent) {
    if (page.matches(selector, node)) return true;
  }
  return false;
}

function shownAvailability(container: AnyNode, page: ParserPage): string | undefined {
  for (const element of page.all(
    '[itemprop="availability"], [class*="stock" i], [class*="availab" i]',
    container,
  )) {
    const stated =
      page.attribute(element, "href") ?? page.attribute(element, "content") ?? page.text(element);
    const availability = availabilityIn(stated) ?? availabilityIn(element.attribs.class);
    if (availability) return availability;
  }
  return undefined;
}

function availabilityIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const words = text.toLowerCase().replace(/[\s_-]+/g, "");
  if (/outofstock|soldout|unavailable|notavailable|oos\b/.test(words)) return "OutOfStock";
  if (/preorder/.test(words)) return "PreOrder";
  if (/backorder/.test(words)) return "BackOrder";
  return /instock|available/.test(words) ? "InStock" : undefined;
}

/** Ratings such as `4.7 out of 5`, in the text or in labels for screen readers. */
const outOf = /(\d(?:[.,]\d{1,2})?)\s*(?:out of|of|\/|von|sur|de|su|van|av|af)\s*(\d{1,3})/i;
const reviewCount =
  /(\d[\d.,\s]{0,12})\s*(?:customer |verified )?(?:reviews?|ratings?|bewertungen|avis|reseñas|recensioni)/i;

function shownRating(container: AnyNode, page: ParserPage): { [key: string]: Json } | undefined {
  for (const element of page.all(
    '[class*="rating" i], [class*="stars" i], [aria-label*="out of" i]',
    container,
  )) {
    const texts = [element.attribs["aria-label"], element.attribs.title, page.text(element)];
    for (const text of texts) {
      const [, value, best] = outOf.exec(text?.slice(0, 200) ?? "") ?? [];
      if (!value) continue;
      const [, count] = reviewCount.exec(page.text(container)?.slice(0, 20_000) ?? "") ?? [];
      return found({ value: numberIn(value), best: numberIn(best), count: numberIn(count) });
    }
  }
  return undefined;
}

function shownImages(container: AnyNode, shared: string | undefined, page: ParserPage): string[] {
  const images = page
    .all(
      '[class*="product" i] img, [class*="gallery" i] img, img[class*="product" i], img[itemprop="image"]',
      container,
    )
    .map((image) => page.absoluteUrl(image.attribs["data-src"] ?? image.attribs.src));
  return [page.absoluteUrl(shared), ...images].filter((url) => url !== undefined).slice(0, MAX_IMAGES);
}

function headline(page: ParserPage): string | undefined {
  return (
    page.text(page.first("main h1, [role=main] h1") ?? page.first("h1")) ??
    page.attribute(page.first('meta[property="og:title"]'), "content")
  );
}
