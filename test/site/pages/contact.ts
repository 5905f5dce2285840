/** Pages with email addresses, social media profiles and events, plain and obfuscated. */
import { type Frame, framedPage, jsonLd } from "../layout.ts";
import type { Page } from "../page.ts";

const frame: Frame = {
  kind: "contact",
  name: "Ferry Society",
  tagline: "Friends of the river crossing",
  accent: "#1b5e7d",
  nav: [
    ["/contact/office", "Office"],
    ["/contact/social", "Follow us"],
    ["/contact/events", "Events"],
  ],
};

/**
 * Encodes an address for `data-cfemail`, like Cloudflare's email obfuscation: in hexadecimal, a key byte and then the
 * address's bytes XORed with it.
 */
const cloudflareDisguise = (address: string, key: number) =>
  Buffer.from([key, ...new TextEncoder().encode(address).map((byte) => byte ^ key)]).toString("hex");

const office = framedPage(frame, {
  path: "/contact/office",
  heading: "The office",
  main: `
    <h1>The office</h1>
    <p>Write to <a href="mailto:office@ferry.example">office@ferry.example</a>, or to
      <a href="mailto:Treasurer@Ferry.Example?subject=Fees&amp;cc=audit@ferry.example">the treasurer</a>.</p>
    <p>Press: press.desk+news@media.ferry.example. Once more: office@ferry.example!</p>
    <p>Entities: <span>&#98;&#111;&#97;&#116;&#115;&#64;ferry.example</span></p>
    <p>Disguised: crew [at] ferry [dot] example, and lost(at)ferry.example</p>
    <p>By Cloudflare: <a class="__cf_email__" href="/cdn-cgi/l/email-protection" data-cfemail="${cloudflareDisguise("harbour@ferry.example", 0x5a)}">[email&#160;protected]</a></p>
    <p id="assembled">By script: <span></span></p>
    <p>None of these is one: logo@2x.png, @ferry, user@localhost, version 1.2@3, a@b.</p>
    <p>Telephone: <a href="tel:+441234567890">01234 567 890</a></p>
    <address>Ferry Society, Old Quay 1</address>`,
  script: `
    const [user, host] = ["volunteers", "ferry.example"];
    const span = document.querySelector("#assembled span");
    span.innerHTML = "<a></a>";
    span.firstChild.href = "mailto:" + user + "@" + host;
    span.firstChild.textContent = user + "@" + host;`,
  expect: { byScript: true, text: ["volunteers@ferry.example"] },
});

const social = framedPage(frame, {
  path: "/contact/social",
  heading: "Follow us",
  head: jsonLd({
    "@context": "https://schema.org",
    "@type": "Organization",
    name: "Ferry Society",
    url: "https://ferry.example/",
    sameAs: ["https://www.wikidata.org/wiki/Q0", "https://www.instagram.com/ferry.society.example/"],
  }),
  main: `
    <h1>Follow us</h1>
    <ul>
      <li><a href="https://www.facebook.com/ferrysocietyexample">Facebook</a></li>
      <li><a href="https://x.com/ferryexample">X</a> and its <a href="https://twitter.com/ferryexample">old address</a></li>
      <li><a href="https://www.instagram.com/ferry.society.example/?hl=en">Instagram</a></li>
      <li><a href="https://www.linkedin.com/company/ferry-society-example">LinkedIn</a></li>
      <li><a href="https://www.youtube.com/@ferrysocietyexample">YouTube</a></li>
      <li><a href="https://www.tiktok.com/@ferrysocietyexample">TikTok</a></li>
      <li><a href="https://github.com/ferry-society-example">GitHub</a></li>
      <li><a href="https://bsky.app/profile/ferry.example">Bluesky</a></li>
      <li><a rel="me" href="https://social.example/@ferry">Mastodon</a></li>
      <li><a href="https://t.me/ferryexample">Telegram</a>, <a href="https://wa.me/441234567890">WhatsApp</a>, <a href="https://discord.gg/example">Discord</a></li>
      <li><a href="https://www.pinterest.com/ferryexample/">Pinterest</a>, <a href="https://www.threads.net/@ferryexample">Threads</a>, <a href="https://www.reddit.com/r/ferryexample">Reddit</a></li>
    </ul>
    <h2>Share this page, which is no profile of ours</h2>
    <p>
      <a href="https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fferry.example">Share</a>
      <a href="https://twitter.com/intent/tweet?text=ferry">Post</a>
      <a href="https://www.linkedin.com/shareArticle?url=https%3A%2F%2Fferry.example">Share at work</a>
      <a href="https://www.pinterest.com/pin/create/button/?url=x">Pin</a>
      <a href="https://www.youtube.com/watch?v=aaaaaaaaaaa">A film about us</a>
    </p>`,
  expect: { text: ["Bluesky", "Share this page, which is no profile of ours"] },
});

const events = framedPage(frame, {
  path: "/contact/events",
  heading: "Events",
  head: `${jsonLd({
    "@context": "https://schema.org",
    "@type": "Event",
    name: "Evening crossing",
    startDate: "2026-07-04T18:30:00+01:00",
    endDate: "2026-07-04T21:00:00+01:00",
    eventStatus: "https://schema.org/EventScheduled",
    location: {
      "@type": "Place",
      name: "North landing",
      address: { "@type": "PostalAddress", streetAddress: "Old Quay 1", addressCountry: "GB" },
    },
    offers: { "@type": "Offer", price: "12", priceCurrency: "GBP" },
  })}
  <link rel="alternate" type="text/calendar" href="/contact/events.ics" title="All events">`,
  main: `
    <h1>Events</h1>
    <article>
      <h2>Evening crossing</h2>
      <p>Saturday 4 July, half past six, north landing.</p>
      <p><a href="/contact/evening-crossing.ics">Add to calendar</a>
        <a href="https://calendar.google.com/calendar/render?action=TEMPLATE&amp;text=Evening+crossing&amp;dates=20260704T173000Z/20260704T200000Z&amp;location=North+landing">Google Calendar</a>
        <a href="https://outlook.live.com/calendar/0/deeplink/compose?subject=Evening+crossing&amp;startdt=2026-07-04T17:30:00Z">Outlook</a></p>
    </article>
    <article itemscope itemtype="https://schema.org/SocialEvent">
      <h2 itemprop="name">Painting the rails</h2>
      <p><time itemprop="startDate" datetime="2026-09-12T09:00">12 September, nine o'clock</time>,
        <span itemprop="location" itemscope itemtype="https://schema.org/Place"><span itemprop="name">Boat shed</span></span></p>
      <p itemprop="description">Brushes are there, bring old clothes.</p>
    </article>
    <p>Subscribe: <a href="webcal://ferry.example/contact/events.ics">all events</a></p>`,
  expect: { text: ["Evening crossing", "Brushes are there, bring old clothes."] },
});

export const contactPages: Page[] = [office, social, events];
