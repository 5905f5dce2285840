/** Pages with more than a reader wants to see: hidden parts, banners, clutter, or sheer size. */
import { framedPage, jsonLd } from "../layout.ts";
import type { Page } from "../page.ts";
import { specimens } from "./structure.ts";

const hidden = framedPage(specimens, {
  path: "/structure/hidden",
  heading: "Hidden parts",
  head: `<style>.gone { display: none } .unseen { visibility: hidden } @media print { .print-only { display: block } } .print-only { display: none }</style>`,
  main: `
    <h1>Hidden parts</h1>
    <p>This can be seen.</p>
    <p style="display: none">Hidden by a style attribute</p>
    <p class="gone">Hidden by a class</p>
    <p class="unseen">Kept in its place but unseen</p>
    <p hidden>Hidden by the attribute</p>
    <div hidden><div><p>Hidden with its parent</p></div></div>
    <p class="print-only">Only for printers</p>
    <template><p>Inside a template</p></template>
    <dialog><p>Inside a closed dialog</p></dialog>
    <dialog open><p>Inside an open dialog</p></dialog>
    <div popover><p>Inside a popover</p></div>
    <script type="text/plain">Inside a script element</script>
    <!-- Inside a comment -->
    <p class="unseen">Not this, <span style="visibility: visible">yet visible again within</span></p>
    <p>Stock: <span style="display:none">hidden count 17</span><span>some left</span></p>`,
  expect: {
    text: ["This can be seen.", "Inside an open dialog", "yet visible again within", "some left"],
    notText: [
      "Hidden by a style attribute",
      "Hidden by a class",
      "Kept in its place but unseen",
      "Hidden by the attribute",
      "Hidden with its parent",
      "Only for printers",
      "Inside a template",
      "Inside a closed dialog",
      "Inside a popover",
      "Inside a script element",
      "Inside a comment",
      "hidden count 17",
    ],
  },
});

const cookieBanner = framedPage(specimens, {
  path: "/structure/cookie-banner",
  heading: "Behind a cookie banner",
  main: `
    <h1>Behind a cookie banner</h1>
    <p>The recipe asks for two eggs and no cookies.</p>
    <p>Cookies made of oats need twelve minutes in the oven.</p>`,
  script: `
    const banner = document.createElement("div");
    banner.id = "cookie-consent-banner";
    banner.className = "cookie-banner";
    banner.setAttribute("role", "dialog");
    banner.setAttribute("aria-label", "Cookie consent");
    banner.style = "position: fixed; inset: auto 0 0 0; padding: 1rem; background: #222; color: #fff";
    banner.innerHTML = "<p>We and our partners use cookies to improve your experience.</p>" +
      "<button>Accept all</button> <button>Reject all</button> <a href='/privacy'>Privacy policy</a>";
    document.body.append(banner);`,
  expect: {
    text: [
      "The recipe asks for two eggs and no cookies.",
      "Cookies made of oats need twelve minutes in the oven.",
    ],
    notText: ["We and our partners use cookies to improve your experience.", "Accept all"],
  },
});

const consentWall = framedPage(specimens, {
  path: "/structure/consent-wall",
  heading: "Behind a consent wall",
  head: `<style>
    #onetrust-consent-sdk .veil { position: fixed; inset: 0; background: #000a }
    #onetrust-banner-sdk { position: fixed; inset: 20% 20% auto; padding: 2rem; background: #fff; z-index: 10 }
    body.locked { overflow: hidden }
  </style>`,
  main: `
    <h1>Behind a consent wall</h1>
    <p>Under the wall stands a whole paragraph, which is what people came for.</p>
    <div id="onetrust-consent-sdk">
      <div class="veil"></div>
      <div id="onetrust-banner-sdk" role="alertdialog" aria-modal="true">
        <h2>Your privacy choices</h2>
        <p>By clicking accept you agree to the storing of cookies on your device.</p>
        <button id="onetrust-accept-btn-handler">Accept all cookies</button>
      </div>
    </div>`,
  script: `document.body.classList.add("locked");`,
  expect: {
    text: ["Under the wall stands a whole paragraph, which is what people came for."],
    notText: ["By clicking accept you agree to the storing of cookies on your device."],
  },
});

const clutter = framedPage(specimens, {
  path: "/structure/clutter",
  heading: "How the lamp was lit",
  description: "An account of an evening in a lighthouse, between advertisements.",
  head: `${jsonLd({
    "@context": "https://schema.org",
    "@type": "Article",
    headline: "How the lamp was lit",
    author: [{ "@type": "Organization", name: "Lighthouse desk" }],
    datePublished: "2025-11-30T20:00:00+01:00",
    dateModified: "2025-12-02",
  })}
  <meta property="article:author" content="Lighthouse desk">`,
  main: `
    <div class="ad-slot" aria-label="Advertisement"><a href="https://ads.example/click?id=1">Buy brass polish today</a></div>
    <aside class="sidebar"><h2>Most read</h2><ol><li><a href="/news/tide-gauge">Gauge</a></li><li><a href="/news/night-trains">Trains</a></li></ol></aside>
    <div class="content-wrapper">
      <div class="share-bar"><a href="#">Share</a> <a href="#">Post</a> <a href="#">Pin</a></div>
      <h1>How the lamp was lit</h1>
      <p class="byline">By Lighthouse desk · 30 November 2025 · 4 min read</p>
      <p>At a quarter to four the keeper climbs the stairs, a hundred and twelve of them, with a can in each hand. The can
      in the left is oil, the one in the right is tea, and he says that he has mixed them up only once.</p>
      <p>The lamp has to burn before the sun is gone. First comes the glass: it is wiped with a chamois, from the top, in
      circles, because straight strokes leave lines that can be seen two miles out. Then comes the wick, which is cut
      square and then rounded at the corners with small scissors that serve no other purpose.</p>
      <div class="newsletter-signup"><h3>Never miss a story</h3><form><input type="email" placeholder="you@example.org"><button>Sign me up</button></form></div>
      <h2>The clockwork</h2>
      <p>The lens weighs two tons and turns on mercury, so lightly that a finger can push it. A weight on a chain drives
      it, and every four hours the weight has to be wound up again. In the log there is a column for this. In forty years
      it has no gap.</p>
      <blockquote><p>You do not hear the clockwork until it stops, and then you hear nothing else.</p></blockquote>
      <p>When all is done he sits down beside the stove, pours from the can in his right hand, and listens.</p>
      <div class="related"><h3>You may also like</h3><a href="/news/market-hall">A roof of glass</a></div>
    </div>
    <section id="comments"><h2>3 comments</h2><p>first!</p><p>Which scissors are these?</p><p>My grandfather mixed them up twice.</p></section>`,
  expect: {
    text: ["The clockwork", "You do not hear the clockwork until it stops, and then you hear nothing else."],
  },
});

const noscript = framedPage(specimens, {
  path: "/structure/noscript",
  heading: "With scripts",
  main: `
    <h1>With scripts</h1>
    <noscript><p>Please turn JavaScript on.</p><img src="/assets/img/pixel.png" alt="counting pixel"></noscript>
    <p id="state">Scripts have not run yet.</p>
    <figure><noscript><img src="/assets/img/fallback.png" alt="Fallback of a lazy image"></noscript></figure>`,
  script: `document.querySelector("#state").textContent = "Scripts " + "have run.";`,
  expect: {
    byScript: true,
    text: ["Scripts have run."],
    notText: ["Please turn JavaScript on.", "Scripts have not run yet."],
  },
});

/** 5 MB of prose, 9,000 paragraphs in 300 chapters. */
const fiveMegabytes = framedPage(specimens, {
  path: "/structure/five-megabytes",
  heading: "A very long book",
  main: () => `
    <h1>A very long book</h1>
    ${Array.from({ length: 300 }, (_, chapter) => {
      const paragraphs = Array.from(
        { length: 30 },
        (_, paragraph) =>
          `<p>Chapter ${chapter + 1}, paragraph ${paragraph + 1}. ${"The ship went on, and on the ship went everything else. ".repeat(9)}<a href="/book/${chapter + 1}#${paragraph + 1}">Note</a></p>`,
      );
      return `<section><h2>Chapter ${chapter + 1}</h2>\n${paragraphs.join("\n")}</section>`;
    }).join("\n")}
    <p>The end of a very long book.</p>`,
  expect: { text: ["Chapter 300", "The end of a very long book."] },
});

/** 400 nested elements: below the 512 at which browsers flatten, but deep for recursive code. */
const deep = framedPage(specimens, {
  path: "/structure/deep",
  heading: "Deeply nested",
  main: `
    <h1>Deeply nested</h1>
    ${"<div>".repeat(400)}<p>At the bottom of four hundred boxes.</p>${"</div>".repeat(400)}
    ${"<blockquote>".repeat(30)}<p>At the bottom of thirty quotes.</p>${"</blockquote>".repeat(30)}`,
  expect: { text: ["At the bottom of four hundred boxes.", "At the bottom of thirty quotes."] },
});

export const visibilityPages: Page[] = [
  hidden,
  cookieBanner,
  consentWall,
  clutter,
  noscript,
  fiveMegabytes,
  deep,
];
