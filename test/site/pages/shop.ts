/** A shop for kettles and teapots. Lists and basket are built by scripts; product pages carry structured data. */
import { type Frame, framedPage, jsonLd, socialMeta } from "../layout.ts";
import type { Page, Route } from "../page.ts";
import { kettles, type Product, teapots } from "./shop-products.ts";

const frame: Frame = {
  kind: "shop",
  name: "Tin and Clay",
  tagline: "Kettles, teapots and cups that can be repaired",
  accent: "#9a4a1c",
  nav: [
    ["/shop/", "Shop"],
    ["/shop/kettles", "Kettles"],
    ["/shop/teapots", "Teapots"],
    ["/shop/delivery", "Delivery"],
    ["/shop/basket", "Basket"],
  ],
};

const euros = (amount: number) => `€${amount.toFixed(2)}`;

const productCard = (section: string, product: Product) => `
      <li class="card">
        <a href="/shop/${section}/${product.slug}"><img src="/assets/img/${product.slug}.png" alt="${product.name}" width="320" height="240" loading="lazy"></a>
        <h2><a href="/shop/${section}/${product.slug}">${product.name}</a></h2>
        <p>${product.summary}</p>
        <p class="price">${euros(product.price)}</p>
      </li>`;

const home = framedPage(frame, {
  path: "/shop/",
  heading: "Kettles and teapots",
  main: `
    <h1>Kettles and teapots</h1>
    <p>Everything here comes with a spare-parts list. If a handle breaks, you order a handle.</p>
    <ul class="grid">${[...kettles.slice(0, 2).map((product) => productCard("kettles", product)), ...teapots.map((product) => productCard("teapots", product))].join("")}
    </ul>
    <h2>Why we sell so little</h2>
    <p>We stock what we have used for a year ourselves. See how <a href="/shop/delivery">delivery and returns</a> work.</p>`,
  expect: { text: ["Everything here comes with a spare-parts list.", "Blue Glaze Teapot 0.8 l"] },
});

/** Fetches its list: the served HTML contains no product. */
const kettleList = framedPage(frame, {
  path: "/shop/kettles",
  heading: "Kettles",
  main: `
    <h1>Kettles</h1>
    <p id="count" aria-live="polite">Loading kettles…</p>
    <ul class="grid" id="products"></ul>`,
  script: `
    const { products } = await (await fetch("/shop/api/kettles")).json();
    document.querySelector("#count").textContent = products.length + " kettles, cheapest first";
    const list = document.querySelector("#products");
    for (const product of products.sort((a, b) => a.price - b.price)) {
      const item = document.createElement("li");
      item.className = "card";
      const link = document.createElement("a");
      link.href = "/shop/kettles/" + product.slug;
      link.textContent = product.name;
      const heading = document.createElement("h2");
      heading.append(link);
      const summary = document.createElement("p");
      summary.textContent = product.summary;
      const price = document.createElement("p");
      price.className = "price";
      price.textContent = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" }).format(product.price);
      item.append(heading, summary, price);
      list.append(item);
    }`,
  expect: {
    byScript: true,
    text: ["4 kettles, cheapest first", "Enamel Camp Kettle 2 l", "€31.25"],
    notText: ["Loading kettles…"],
  },
});

const teapotList = framedPage(frame, {
  path: "/shop/teapots",
  heading: "Teapots",
  main: `
    <h1>Teapots</h1>
    <p>Two potteries, one foundry.</p>
    <ul class="grid">${teapots.map((product) => productCard("teapots", product)).join("")}
    </ul>`,
  expect: { text: ["Two potteries, one foundry.", "Cast Iron Teapot 1 l"] },
});

/** A product described by JSON-LD, Open Graph and a Twitter card. */
const kettlePages = kettles.map((product) =>
  framedPage(frame, {
    path: `/shop/kettles/${product.slug}`,
    heading: product.name,
    description: product.summary,
    head: (visit) => `
  ${jsonLd({
    "@context": "https://schema.org",
    "@type": "Product",
    name: product.name,
    description: product.summary,
    sku: product.slug,
    image: [`${visit.url.origin}/assets/img/${product.slug}.png`],
    brand: { "@type": "Brand", name: product.brand },
    aggregateRating: {
      "@type": "AggregateRating",
      ratingValue: product.rating,
      reviewCount: product.reviews,
    },
    offers: {
      "@type": "Offer",
      price: product.price.toFixed(2),
      priceCurrency: "EUR",
      availability: `https://schema.org/${product.inStock ? "InStock" : "OutOfStock"}`,
      url: `${visit.url.origin}/shop/kettles/${product.slug}`,
    },
  })}
  ${socialMeta(visit, {
    type: "product",
    title: product.name,
    description: product.summary,
    image: `/assets/img/${product.slug}.png`,
    siteName: frame.name,
  })}`,
    main: `
    <nav aria-label="Breadcrumb"><a href="/shop/">Shop</a> › <a href="/shop/kettles">Kettles</a></nav>
    <article>
      <h1>${product.name}</h1>
      <img src="/assets/img/${product.slug}.png" alt="${product.name}, seen from the side" width="320" height="240">
      <p>${product.summary}</p>
      <p class="price">${euros(product.price)}</p>
      <p>${product.inStock ? "In stock, sent within two days" : "Sold out until the next firing"}</p>
      <p>Rated ${product.rating} of 5 by ${product.reviews} buyers</p>
      <button type="button">Add to basket</button>
    </article>`,
    expect: { text: [product.summary, euros(product.price)] },
  }),
);

/** A product described by Microdata. Its price is not in the served HTML. */
const teapotPages = teapots.map((product) =>
  framedPage(frame, {
    path: `/shop/teapots/${product.slug}`,
    heading: product.name,
    description: product.summary,
    main: `
    <article itemscope itemtype="https://schema.org/Product">
      <h1 itemprop="name">${product.name}</h1>
      <p>By <span itemprop="brand" itemscope itemtype="https://schema.org/Brand"><span itemprop="name">${product.brand}</span></span></p>
      <img itemprop="image" src="/assets/img/${product.slug}.png" alt="${product.name}" width="320" height="240">
      <p itemprop="description">${product.summary}</p>
      <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
        <meta itemprop="priceCurrency" content="EUR">
        <link itemprop="availability" href="https://schema.org/${product.inStock ? "InStock" : "OutOfStock"}">
        <p class="price" id="price">Price on its way…</p>
      </div>
      <p itemprop="aggregateRating" itemscope itemtype="https://schema.org/AggregateRating">
        <span itemprop="ratingValue">${product.rating}</span> of 5 by <span itemprop="reviewCount">${product.reviews}</span> buyers
      </p>
    </article>`,
    script: `
    const { price } = await (await fetch("/shop/api/prices/${product.slug}")).json();
    const shown = document.createElement("span");
    shown.setAttribute("itemprop", "price");
    shown.setAttribute("content", price.toFixed(2));
    shown.textContent = "€" + price.toFixed(2);
    document.querySelector("#price").replaceChildren(shown);`,
    expect: {
      byScript: true,

      text: [euros(product.price)],
      notText: ["Price on its way…"],
    },
  }),
);

/** A timer fills it 800 ms after the load event, without any network activity to wait for. */
const basket = framedPage(frame, {
  path: "/shop/basket",
  heading: "Your basket",
  main: `
    <h1>Your basket</h1>
    <div id="basket"><p>Looking into your basket…</p></div>`,
  script: `
    const fill = () => {
      document.querySelector("#basket").innerHTML =
        "<table><thead><tr><th>Item</th><th>Number</th><th>Price</th></tr></thead><tbody>" +
        "<tr><td>Copper Stove Kettle 1.7 l</td><td>1</td><td>" + (89.5).toFixed(2) + "</td></tr>" +
        "<tr><td>Blue Glaze Teapot 0.8 l</td><td>2</td><td>" + (84).toFixed(2) + "</td></tr>" +
        "</tbody></table><p>Total: " + (89.5 + 84).toFixed(2) + " euros</p>";
    };
    if (document.readyState === "complete") setTimeout(fill, 800);
    else addEventListener("load", () => setTimeout(fill, 800));`,
  expect: {
    byScript: true,
    text: ["Total: 173.50 euros"],
    notText: ["Looking into your basket…"],
  },
});

const delivery = framedPage(frame, {
  path: "/shop/delivery",
  heading: "Delivery and returns",
  main: `
    <h1>Delivery and returns</h1>
    <table>
      <caption>What sending costs</caption>
      <thead><tr><th scope="col">To</th><th scope="col">Days</th><th scope="col">Price</th></tr></thead>
      <tbody>
        <tr><td>Same country</td><td>1 to 2</td><td>€4.90</td></tr>
        <tr><td>Neighbouring countries</td><td>3 to 5</td><td>€9.50</td></tr>
        <tr><td>Elsewhere</td><td>7 to 14</td><td>€19.00</td></tr>
      </tbody>
    </table>
    <h2>Returns</h2>
    <p>Send it back within 60 days, used or not. We check it, mend it and sell it as used.</p>`,
  expect: { text: ["What sending costs", "Send it back within 60 days, used or not."] },
});

const moved = (path: string, status: number, to: string, title: string): Page => ({
  path,
  title,
  kind: "shop",
  expect: {
    status: 200,
    title: teapotList.title,
    finalPath: "/shop/teapots",
    text: ["Two potteries, one foundry."],
  },
  respond: () => ({ status, headers: { location: to }, body: `<a href="${to}">Moved</a>` }),
});

export const shopPages: Page[] = [
  home,
  kettleList,
  teapotList,
  ...kettlePages,
  ...teapotPages,
  basket,
  delivery,
  moved("/shop/pots", 301, "/shop/all-pots", "Redirects twice: 301, then 302"),
  moved("/shop/all-pots", 302, "/shop/teapots", "Redirects once: 302"),
];

export const shopRoutes: Route[] = [
  {
    pattern: "/shop/api/kettles",
    respond: () => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ products: kettles }),
    }),
  },
  {
    pattern: "/shop/api/prices/:slug",
    respond: ({ params }) => {
      const product = [...kettles, ...teapots].find(({ slug }) => slug === params.slug);
      return {
        status: product ? 200 : 404,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ price: product?.price ?? null }),
      };
    },
  },
];
