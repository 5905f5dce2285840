import type { Element } from "domhandler";
import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { jsonLd } from "../structured-data/json-ld.ts";

/** Lengths from RFC 5321, section 4.5.3.1. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;

const local = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+$/u;
const domain =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}[\p{L}\p{N}-]{0,61}[\p{L}\p{N}]/u;
/** File names such as logo@2x.png look like addresses. */
const fileName =
  /\.(?:png|jpe?g|gif|webp|svg|avif|ico|bmp|tiff?|heic|jxl|css|scss|less|js|mjs|cjs|jsx|tsx|json|map|woff2?|ttf|otf|eot|mp4|webm|mp3|pdf|html?|php|xml|txt|tgz|gz|wasm)$/;
/** Versions such as kit@1.2.3-beta.rc, too. */
const version =
  /^v?\d+(?:\.\d+)+|^v?\d+[.-](?:alpha|beta|rc|pre|next|canary|snapshot|final|release|nightly|x)\b/;

/** The page's email addresses, including obfuscated ones, in the order in which they are found. */
export function readEmails(page: ParserPage): Json {
  const emails = new Set<string>();
  const take = (text: string | undefined) => {
    for (const address of addressesIn(text ?? "")) emails.add(address);
  };
  for (const link of page.all('a[href^="mailto:" i], area[href^="mailto:" i]')) take(mailtoText(link));
  for (const element of page.all("[data-cfemail]")) {
    take(decodeCloudflareEmail(element.attribs["data-cfemail"] ?? ""));
  }
  for (const link of page.all('a[href*="/cdn-cgi/l/email-protection#"]')) {
    take(decodeCloudflareEmail(link.attribs.href?.split("#")[1] ?? ""));
  }
  take(withAtAndDots(page.text(page.first("body") ?? page.document) ?? ""));
  for (const thing of jsonLd(page)) {
    for (const text of textsIn(thing)) take(text);
  }
  return { emails: [...emails] };
}

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Searches around each @, so that the time is linear in the length of the text. */
function addressesIn(text: string): string[] {
  const addresses: string[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const left = text.slice(Math.max(0, at - MAX_LOCAL), at);
    const right = text.slice(at + 1, at + 1 + MAX_DOMAIN);
    const [before] = local.exec(left) ?? [];
    const [after] = domain.exec(right) ?? [];
    if (!before || !after || isOther(left.slice(0, -before.length), before, right.slice(after.length)))
      continue;
    const name = before.replace(/^.*[/=?&|]/, "").replace(/^[.'*{}~`]+/, "");
    const host = after.toLowerCase();
    if (
      name === "" ||
      name.endsWith(".") ||
      name.includes("..") ||
      fileName.test(host) ||
      version.test(host)
    ) {
      continue;
    }
    addresses.push(`${name.toLowerCase()}@${host}`);
  }
  return addresses;
}

/**
 * Whether what looks like an address is something else: the handle `@crew@ferry.example`, the user in a URL such as
 * `ssh://crew@ferry.example` and `sip:crew@ferry.example`, or the remote path `crew@ferry.example:logs`.
 */
function isOther(left: string, before: string, right: string): boolean {
  return (
    left.endsWith("@") ||
    /(?:^|\s|:)\/\/[^\s/]*$|(?<!\p{L})(?:sips?|xmpp|acct|im|git|ssh|ftp|matrix|magnet):[^\s]*$/iu.test(
      left + before,
    ) ||
    before.endsWith("/") ||
    /^:(?:[~/]|[\w.-]+\/)/.test(right)
  );
}

/** The recipients of a mailto link (RFC 6068). */
function mailtoText({ attribs }: Element): string {
  const [to = "", query = ""] = (attribs.href ?? "").replace(/^mailto:(?:\/\/)?/i, "").split("?");
  const params = new URLSearchParams(query);
  return [decoded(to), params.get("to"), params.get("cc"), params.get("bcc")].join(" , ");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Decodes Cloudflare's email obfuscation: hexadecimal bytes, each XORed with the first. */
function decodeCloudflareEmail(hex: string): string | undefined {
  if (!/^(?:[0-9a-f]{2}){2,400}$/i.test(hex)) return undefined;
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const [key = 0] = bytes;
  return new TextDecoder().decode(bytes.slice(1).map((byte) => byte ^ key));
}

/** `crew [at] ferry [dot] example` → `crew@ferry.example`. */
function withAtAndDots(text: string): string {
  return text
    .replace(/ ?[[({<] ?(?:at|ät|@) ?[\])}>] ?/gi, "@")
    .replace(/ ?[[({<] ?(?:dot|punkt|point|\.) ?[\])}>] ?/gi, ".");
}
