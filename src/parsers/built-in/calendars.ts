import { found, type Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { shortName, type Thing } from "../structured-data/thing.ts";
import { structuredData, Things, textIn } from "../structured-data.ts";

/** schema.org's Event and its subtypes, some of which do not end in Event. */
const eventType = /Event$|^(?:EventSeries|Festival|CourseInstance|Hackathon)$/;

/** The events on a page, and the calendars it links to. */
export function readCalendars(page: ParserPage): Json {
  const events: Json[] = [];
  const calendars = new Map<string, Json>();
  const things = new Things(structuredData(page));
  for (const thing of things.all) {
    const types = [thing["@type"] ?? []].flat();
    if (types.some((type) => typeof type === "string" && eventType.test(shortName(type)))) {
      events.push(...eventOf(thing, things, page));
    }
  }
  for (const link of page.all("a[href], area[href], link[href]")) {
    const url = URL.parse(page.absoluteUrl(link.attribs.href) ?? "");
    if (!url) continue;
    const kind = calendarKind(url, link.attribs.type);
    if (!kind || calendars.has(url.href)) continue;
    page.budget.write(url.href.length);
    const title = page.attribute(link, "title") ?? (link.name === "link" ? undefined : page.text(link));
    calendars.set(url.href, found({ kind, url: url.href, title, event: linkedEvent(url, kind) }));
  }
  return { events, calendars: [...calendars.values()] };
}

function eventOf(event: Thing, things: Things, page: ParserPage): Json[] {
  const name = textIn(event.name);
  const start = textIn(event.startDate);
  if (name === undefined && start === undefined) return [];
  const [place] = things.of(event.location);
  const [address] = things.of(place?.address);
  const lines = address
    ? [
        address.streetAddress,
        address.postalCode,
        address.addressLocality,
        address.addressRegion,
        address.addressCountry,
      ]
    : [place?.address];
  const written = lines.flatMap((line) => textIn(line) ?? []).join(", ");
  const status = textIn(event.eventStatus);
  return [
    found({
      name,
      start,
      end: textIn(event.endDate),
      location: place ? textIn(place.name) : textIn(event.location),
      address: written || undefined,
      description: textIn(event.description),
      organizer: textIn(event.organizer),
      status: status && shortName(status),
      url: page.absoluteUrl(textIn(event.url)),
    }),
  ];
}

function calendarKind(url: URL, type: string | undefined): string | undefined {
  const host = url.hostname.replace(/^www\./, "");
  if (url.protocol === "webcal:" || url.protocol === "webcals:") return "webcal";
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (/^text\/calendar\b/i.test(type ?? "") || /\.(?:ics|ical|ifb)$/i.test(url.pathname)) return "ics";
  if (/(?:^|\.)google\.[a-z.]{2,6}$/.test(host) && /^\/calendar\/|^\/calendar$/.test(url.pathname))
    return "google";
  if (host === "calendar.google.com") return "google";
  if (/^outlook\.(?:live|office|office365)\.com$/.test(host) && /^\/(?:calendar|owa)\b/.test(url.pathname))
    return "outlook";
  if (host === "calendar.yahoo.com") return "yahoo";
  return undefined;
}

/** The event that a link adds to a calendar, read from its URL. */
function linkedEvent({ searchParams }: URL, kind: string): Json | undefined {
  const param = (name: string) => searchParams.get(name) || undefined;
  const [from, to] = (param("dates") ?? "").split("/");
  const events: Record<string, { [key: string]: string | undefined }> = {
    google: { name: param("text"), start: dateOf(from), end: dateOf(to), location: param("location") },
    outlook: {
      name: param("subject"),
      start: param("startdt"),
      end: param("enddt"),
      location: param("location"),
    },
    yahoo: {
      name: param("title"),
      start: dateOf(param("st")),
      end: dateOf(param("et")),
      location: param("in_loc"),
    },
  };
  const event = events[kind];
  return event?.name ? found(event) : undefined;
}

/** `20260704T173000Z` → `2026-07-04T17:30:00Z`. */
function dateOf(basic: string | undefined): string | undefined {
  const [, year, month, day, hour, minute, second, zone = ""] =
    /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(basic ?? "") ?? [];
  if (!year) return undefined;
  return hour ? `${year}-${month}-${day}T${hour}:${minute}:${second}${zone}` : `${year}-${month}-${day}`;
}
