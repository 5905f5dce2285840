import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { structuredData, Things, textIn } from "../structured-data.ts";

interface Network {
  name: string;
  /** Without subdomains such as `www.`. */
  hosts: string[];
  /** Matches the path of a profile. Its first group is the username. */
  profile: RegExp;
}

const handle = "([\\w.%~-]{1,100})";
const simple = new RegExp(`^/@?${handle}/?$`);

const networks: Network[] = [
  {
    name: "facebook",
    hosts: ["facebook.com", "fb.com"],
    profile: new RegExp(`^/(?:pages/[^/]+/|people/[^/]+/|groups/)?${handle}/?$`),
  },
  { name: "x", hosts: ["x.com", "twitter.com"], profile: simple },
  { name: "instagram", hosts: ["instagram.com"], profile: simple },
  {
    name: "linkedin",
    hosts: ["linkedin.com"],
    profile: new RegExp(`^/(?:company|in|school|showcase|pub)/${handle}/?`),
  },
  { name: "youtube", hosts: ["youtube.com"], profile: new RegExp(`^/(?:@|channel/|c/|user/)${handle}/?$`) },
  { name: "tiktok", hosts: ["tiktok.com"], profile: new RegExp(`^/@${handle}/?$`) },
  { name: "github", hosts: ["github.com"], profile: simple },
  { name: "gitlab", hosts: ["gitlab.com"], profile: simple },
  { name: "bluesky", hosts: ["bsky.app"], profile: new RegExp(`^/profile/${handle}/?$`) },
  { name: "telegram", hosts: ["t.me", "telegram.me"], profile: simple },
  { name: "whatsapp", hosts: ["wa.me"], profile: new RegExp(`^/(?:message/)?${handle}/?$`) },
  { name: "discord", hosts: ["discord.gg"], profile: simple },
  { name: "discord", hosts: ["discord.com"], profile: new RegExp(`^/invite/${handle}/?$`) },
  {
    name: "pinterest",
    hosts: ["pinterest.com", "pinterest.co.uk", "pinterest.de", "pinterest.fr"],
    profile: simple,
  },
  { name: "threads", hosts: ["threads.net", "threads.com"], profile: new RegExp(`^/@${handle}/?$`) },
  { name: "reddit", hosts: ["reddit.com"], profile: new RegExp(`^/(?:r|u|user)/${handle}/?$`) },
  { name: "snapchat", hosts: ["snapchat.com"], profile: new RegExp(`^/add/${handle}/?$`) },
  { name: "twitch", hosts: ["twitch.tv"], profile: simple },
  { name: "vimeo", hosts: ["vimeo.com"], profile: /^\/([A-Za-z][\w.-]{1,100})\/?$/ },
  { name: "medium", hosts: ["medium.com"], profile: new RegExp(`^/@${handle}/?$`) },
  { name: "xing", hosts: ["xing.com"], profile: new RegExp(`^/(?:profile|pages|companies)/${handle}/?$`) },
  { name: "vk", hosts: ["vk.com"], profile: simple },
];

/** Names in the place of a username that belong to the networks' own pages, or to links that share a page. */
const reservedNames = new Set(
  [
    "about ads business company dialog events explore features hashtag help home intent jobs legal",
    "login marketplace p pin plugins policies pricing privacy reel search settings share sharer",
    "sharer.php share.php signup stories terms tos tr video watch channels i joinchat send topics",
    "trending discover",
  ].flatMap((line) => line.split(" ")),
);

/** The social network profiles that the page links to or names, in the order in which they are found. */
export function readSocials(page: ParserPage): Json {
  const profiles = new Map<string, Json>();
  const take = (href: string | undefined) => {
    const profile = profileAt(page.absoluteUrl(href));
    if (profile && !profiles.has(profile.key)) {
      page.budget.write(profile.key.length * 2);
      profiles.set(profile.key, { network: profile.network, username: profile.username, url: profile.url });
    }
  };
  for (const link of page.all("a[href], area[href], link[rel~=me][href]")) {
    take(link.attribs.href);
    if (link.attribs.rel && /(?:^|\s)me(?:\s|$)/i.test(link.attribs.rel)) takeFederated(link.attribs.href);
  }
  for (const { sameAs } of new Things(structuredData(page)).all) {
    for (const address of [sameAs ?? []].flat()) take(textIn(address));
  }
  const site = page.attribute(
    page.first('meta[name="twitter:site"], meta[property="twitter:site"]'),
    "content",
  );
  if (site && /^@\w{1,30}$/.test(site)) take(`https://x.com/${site.slice(1)}`);
  return { socials: [...profiles.values()] };

  /** Mastodon and similar software runs on any host. A `rel=me` link to `/@name` is taken for a profile. */
  function takeFederated(href: string | undefined): void {
    const address = page.absoluteUrl(href);
    const url = address === undefined ? null : URL.parse(address);
    const username = /^\/(?:@|users\/)([\w.-]{1,100})\/?$/.exec(url?.pathname ?? "")?.[1];
    if (!url || !username || !/^https?:$/.test(url.protocol) || networkOf(url)) return;
    const canonical = `https://${url.host}/@${username}`;
    profiles.set(canonical, { network: "mastodon", username: `${username}@${url.host}`, url: canonical });
  }
}

function networkOf({ hostname }: URL): Network | undefined {
  const host = hostname.replace(/^(?:www|m|mobile|web|[a-z]{2}|[a-z]{2}-[a-z]{2})\.(?=[^.]+\.)/, "");
  return networks.find(({ hosts }) => hosts.includes(host));
}

function profileAt(address: string | undefined) {
  const url = address === undefined ? null : URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  const network = networkOf(url);
  const username = network?.profile.exec(url.pathname)?.[1];
  if (!network || !username || reservedNames.has(username.toLowerCase())) return undefined;
  const canonical = `https://${network.hosts[0]}${url.pathname.replace(/\/$/, "")}`;
  return {
    key: canonical.toLowerCase(),
    network: network.name,
    username:
      network.name === "facebook" && username === "profile.php"
        ? (url.searchParams.get("id") ?? username)
        : username,
    url: username === "profile.php" ? `${canonical}${url.search}` : canonical,
  };
}
