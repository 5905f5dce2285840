/** Recognizes cookie banners and consent overlays by their ids and classes. */
import type { Element } from "domhandler";

/** Ids and classes of known consent managers. */
const knownNames = new Set([
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
  ...["cookie-notice", "cookie-law-info-bar", "cookie-law-info-again", "cli-modal"],
  ...["moove_gdpr_cookie_info_bar", "moove_gdpr_cookie_modal", "BorlabsCookieBox", "BorlabsCookieBoxWrap"],
  // iubenda, Klaro, Osano, tarteaucitron, orestbida's CookieConsent, Insites' Cookie Consent
  ...["iubenda-cs-banner", "iubenda-cs-container", "klaro", "osano-cm-window", "tarteaucitronRoot"],
  ...["cc--main", "cc-main", "cm__body", "cc-window", "cc-revoke"],
  // Axeptio, Civic, consentmanager, Ketch, Termly
  ...["axeptio_overlay", "axeptio_mount", "ccc-overlay", "cmpbox", "cmpbox2", "cmpwrapper", "lanyard_root"],
  "termly-code-snippet-support",
  // HubSpot, Shopify, Squarespace, Drupal
  ...["hs-eu-cookie-confirmation", "hs-banner-parent", "shopify-pc__banner", "shopify-pc__prefs"],
  ...["sqs-cookie-banner-v2", "sliding-popup", "eu-cookie-compliance-banner"],
]);

const knownPrefixes = ["sp_message_container_", "sp_message_id"];

/** Such as `cookie-banner`, `gdpr_notice`, `js-cookieConsent` and `consent-popup`. */
const likelyName =
  /^(?:[a-z]{1,12}[-_]{1,2})?(?:(?:cookies?|gdpr|ccpa|eu-?cookies?)[-_]{0,2}(?:banner|bar|notice|notification|consent|law|popup|pop-up|modal|overlay|disclaimer|alert|warning|prompt|wall)|consent[-_]{0,2}(?:banner|bar|notice|popup|pop-up|modal|overlay|dialog|manager|wall))(?:[-_].{0,30})?$/i;

const likelyLabel = /\b(?:cookies?|gdpr|consent)\b/i;

const dialogRoles = new Set(["dialog", "alertdialog", "region", "banner", "alert"]);

/** Whether the element has a name that only a consent manager uses. */
export function isKnownConsentBanner({ attribs }: Element): boolean {
  return namesOf(attribs).some(
    (name) => knownNames.has(name) || knownPrefixes.some((prefix) => name.startsWith(prefix)),
  );
}

/**
 * Whether the element is named like a banner. Only one with controls, and without the page's main content, is a banner.
 */
export function isLikelyConsentBanner({ attribs }: Element): boolean {
  if (namesOf(attribs).some((name) => name.length <= 80 && likelyName.test(name))) return true;
  return dialogRoles.has(attribs.role ?? "") && likelyLabel.test((attribs["aria-label"] ?? "").slice(0, 200));
}

function namesOf(attribs: Record<string, string>): string[] {
  const names = attribs.class ? attribs.class.split(/\s+/) : [];
  if (attribs.id) names.push(attribs.id);
  return names;
}
