import { describe, expect, it } from "vitest";
import { parsePage } from "../parse-page.ts";

describe("@trawl/extract-calendars", () => {
  it("finds events, and calendar links with their events", async () => {
    expect(await parsePage("extract-calendars", "/contact/events")).toEqual({
      events: [
        {
          name: "Evening crossing",
          start: "2026-07-04T18:30:00+01:00",
          end: "2026-07-04T21:00:00+01:00",
          location: "North landing",
          address: "Old Quay 1, GB",
          status: "EventScheduled",
        },
        {
          name: "Painting the rails",
          start: "2026-09-12T09:00",
          location: "Boat shed",
          description: "Brushes are there, bring old clothes.",
        },
      ],
      calendars: [
        { kind: "ics", url: "SITE/contact/events.ics", title: "All events" },
        { kind: "ics", url: "SITE/contact/evening-crossing.ics", title: "Add to calendar" },
        {
          kind: "google",
          url: "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Evening+crossing&dates=20260704T173000Z/20260704T200000Z&location=North+landing",
          title: "Google Calendar",
          event: {
            name: "Evening crossing",
            start: "2026-07-04T17:30:00Z",
            end: "2026-07-04T20:00:00Z",
            location: "North landing",
          },
        },
        {
          kind: "outlook",
          url: "https://outlook.live.com/calendar/0/deeplink/compose?subject=Evening+crossing&startdt=2026-07-04T17:30:00Z",
          title: "Outlook",
          event: { name: "Evening crossing", start: "2026-07-04T17:30:00Z" },
        },
        { kind: "webcal", url: "webcal://ferry.example/contact/events.ics", title: "all events" },
      ],
    });
  });
});
