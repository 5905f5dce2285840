/**
 * Removes cookie banners and consent dialogs: elements with a consent platform's own name, and overlays that are named like a
 * banner and speak of consent. A name alone proves nothing: pages describe cookies, sell them, and say in a class that they
 * have a banner.
 */
import { type ChildNode, type Element, isTag, isText } from "domhandler";
import { hasMark } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import { headingTags } from "./block-tags.ts";
import type { Visible } from "./visibility-filter.ts";

/** Ids and classes that only consent platforms use. */
const platformNames = new Set([
  // OneTrust
  ...["onetrust-consent-sdk", "onetrust-banner-sdk", "onetrust-pc-sdk", "ot-sdk-btn-floating"],
  // Cookiebot, Usercentrics
  ...["CybotCookiebotDialog", "CybotCookiebotDialogBodyUnderlay", "CookiebotWidget"],
  ...["usercentrics-root", "usercentrics-cmp-ui"],
  // Didomi, Quantcast, Sourcepoint (its ids end in a number: see knownPrefixes), Google
  ...["didomi-host", "didomi-popup", "didomi-notice", "qc-cmp2-container", "qc-cmp2-main", "fc-consent-root"],
  // TrustArc
  ...["truste-consent-track", "truste_overlay", "truste_box_overlay", "consent_blackbar", "trustarc-banner"],
  // CookieYes, Complianz, Cookie Notice, Moove, Borlabs, Cookie Law Info and other WordPress plug-ins
  ...["cky-consent-container", "cky-modal", "cky-overlay", "cky-btn-revisit-wrapper"],
  ...["cmplz-cookiebanner-container", "cmplz-cookiebanner", "cmplz-manage-consent"],
  ...["cookie-law-info-bar", "cookie-law-info-again"],
  ...["moove_gdpr_cookie_info_bar", "moove_gdpr_cookie_modal", "BorlabsCookieBox", "BorlabsCookieBoxWrap"],
  // iubenda, Klaro, Osano, tarteaucitron, orestbida's CookieConsent, Insites' Cookie Consent
  ...["iubenda-cs-banner", "iubenda-cs-container", "osano-cm-window", "tarteaucitronRoot"],
  "cc-window",
  // Axeptio, Civic, consentmanager, Ketch, Termly
  ...["axeptio_overlay", "axeptio_mount", "ccc-overlay", "cmpbox", "cmpbox2", "cmpwrapper"],
  "termly-code-snippet-support",
  // HubSpot, Shopify, Squarespace, Drupal
  ...["hs-eu-cookie-confirmation", "hs-banner-parent", "shopify-pc__banner", "shopify-pc__prefs"],
  ...["sqs-cookie-banner-v2", "eu-cookie-compliance-banner"],
  // GOV.UK
  "govuk-cookie-banner",
]);
/** Other names that some of them use. */
const ambiguousNames = new Set([
  ...["cli-modal", "klaro", "cc-main", "cc--main", "cc-revoke", "cm__body", "lanyard_root", "sliding-popup"],
]);

const platformPrefixes = ["sp_message_container_", "sp_message_id"];

/** Such as `cookie-banner`, `gdpr_notice`, `js-cookieConsent` and `consent-popup`. */
const likelyName =
  /^(?:[a-z]{1,12}[-_]{1,2})?(?:(?:cookies?|gdpr|ccpa|eu-?cookies?)[-_]{0,2}(?:banner|bar|notice|notification|consent|law|popup|pop-up|modal|overlay|disclaimer|alert|warning|prompt|wall)|consent[-_]{0,2}(?:banner|bar|notice|popup|pop-up|modal|overlay|dialog|manager|wall))(?:[-_].{0,30})?$/i;

/** What banners say, or the stem of it, in common languages. */
const consentWords = new RegExp(
  `(?<!\\p{L})(?:${[
    "accept|agree|allow|consent|reject|declin|deny|opt[ -]?out|got it|understand|necessary|privacy|personal data",
    "(?:uses?|using|use of)(?: [a-z]+){0,3} cookies|gdpr|ccpa|dsgvo|rgpd|lgpd|akzept|zustimm|einverstanden|ablehn|einwillig",
    "verstanden|datenschutz|refus|d['’]accord|compris|confidentialit|acept|rechaz|entendido|privacidad|aceit|recus|concord",
    "accett|rifiut|accons|ho capito|akkoord|weiger|toestem|toestaan|godta|godkänn|samty|tillåt|tillad|avvis|hyväksy|suostu",
    "salli|akcept|zgadzam|zgod[aęy]|odrzuć|souhlas|přijm|odmítn|súhlas|prijať|elfogad|hozzájárul|prihva|slažem|soglaš",
    "strinjam|sutinku|piekrīt|nõustu|de acord|приема|съглас|приня|принима|соглас|погодж|прийня|αποδ[εέο]χ|συμφων|συναιν",
    "kabul|onayl|izin ver|çerez|đồng ý|chấp nhận|setuju|terima|menerima",
  ].join("|")})|同意|接受|允许|允許|許可|拒否|承諾|동의|수락|허용|ยอมรับ|קבל|מסכים|موافق|قبول`,
  "iu",
);
/** Characters of a banner in which these words are sought, and overlays in which they are. */
const MAX_SOUGHT = 5000;
const MAX_READ = 50;

const likelyLabel = /\b(?:cookies?|gdpr|consent)\b/i;

const dialogRoles = new Set(["dialog", "alertdialog"]);
const overlayStyle = /(?:^|;)\s*position\s*:\s*(?:fixed|sticky)/i;

/** Elements that are never a banner, whatever their names say. */
const pageTags = new Set(["html", "body", "main", "article", ...headingTags]);

/** Most of a page's text that its banners may have. */
const MAX_SHARE = 0.5;

/** Whether the element is laid over the page. Without marks, only a `style` tells. */
export function isOverlay(element: Element): boolean {
  const { name, attribs } = element;
  return (
    hasMark(element, "overlay") ||
    name === "dialog" ||
    dialogRoles.has(attribs.role ?? "") ||
    attribs["aria-modal"] === "true" ||
    (attribs.style !== undefined && overlayStyle.test(attribs.style))
  );
}

/** The banners of one page. They are removed at the end, when it is known how much of its text they have. */
export class ConsentBanners {
  private readonly banners: { element: Element; characters: number }[] = [];
  private read = 0;

  get count(): number {
    return this.banners.length;
  }

  /**
   * Adds the element if it is a banner, in place of those in it.
   *
   * @param countBefore the banners that had been found before those in the element
   */
  consider(element: Element, isOverlaid: boolean, below: Visible, countBefore: number): void {
    if (pageTags.has(element.name)) return;
    const names = namesOf(element);
    const isOver = isOverlaid || (below.characters > 0 && below.overlaid === below.characters);
    const isLikely =
      isOver &&
      below.control &&
      !below.landmark &&
      isNamedLikeBanner(element, names) &&
      this.speaksOfConsent(element);
    if (!isLikely && !names.some(isPlatformName)) return;
    this.banners.length = countBefore;
    this.banners.push({ element, characters: below.characters });
  }

  private speaksOfConsent(element: Element): boolean {
    this.read += 1;
    return this.read <= MAX_READ && consentWords.test(startOf(element));
  }

  /** Removes the banners from the page, unless it would lose most of its text: then they are the page. */
  remove(charactersOfPage: number): void {
    const characters = this.banners.reduce((sum, banner) => sum + banner.characters, 0);
    if (characters > charactersOfPage * MAX_SHARE) return;
    for (const { element } of this.banners) {
      const { parent } = element;
      if (parent)
        setChildren(
          parent,
          parent.children.filter((child: ChildNode) => child !== element),
        );
    }
  }
}

/** The first text in it. */
function startOf(element: Element): string {
  let text = "";
  const read = ({ children }: Element): boolean =>
    children.some((child) => {
      if (isText(child)) text += child.data;
      return text.length > MAX_SOUGHT || (isTag(child) && read(child));
    });
  read(element);
  return text.slice(0, MAX_SOUGHT).replace(/\s+/g, " ");
}

function isPlatformName(name: string): boolean {
  return platformNames.has(name) || platformPrefixes.some((prefix) => name.startsWith(prefix));
}

function isNamedLikeBanner({ attribs }: Element, names: string[]): boolean {
  if (names.some((name) => ambiguousNames.has(name) || (name.length <= 80 && likelyName.test(name))))
    return true;
  return likelyLabel.test((attribs["aria-label"] ?? "").slice(0, 200));
}

function namesOf({ attribs }: Element): string[] {
  const names = attribs.class ? attribs.class.split(/\s+/) : [];
  if (attribs.id) names.push(attribs.id);
  return names;
}
