/** A page that shows what it learns about its visitor: request headers, language, time zone, location. */
import { escapeHtml, type Frame, framedPage } from "../layout.ts";
import type { Page } from "../page.ts";

const frame: Frame = {
  kind: "echo",
  name: "Mirror",
  tagline: "What this page knows of you",
  accent: "#444",
  nav: [["/echo", "Mirror"]],
};

/**
 * `#headers` is a table of headers. What scripts see is in `#facts`, a list of `name: value`, and as JSON in
 * `#facts-json`: `languages`, `language`, `timeZone`, `offsetMinutes`, `locale`, `number`, `currency`, `date`,
 * `weekday`, `latitude`, `longitude`, `accuracy` (or `geolocation` with an error message),
 * `userAgent`, `platform`, `webdriver`, `screen`.
 */
export const echoPages: Page[] = [
  framedPage(frame, {
    path: "/echo",
    heading: "Your request",
    main: ({ request }) => `
    <h1>Your request</h1>
    <table id="headers">
      <thead><tr><th>Header</th><th>Value</th></tr></thead>
      <tbody>
        ${Object.entries(request.headers)
          .map(
            ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(String(value))}</td></tr>`,
          )
          .join("\n        ")}
      </tbody>
    </table>
    <h2>What scripts see</h2>
    <ul id="facts"></ul>
    <script type="application/json" id="facts-json">{}</script>`,
    script: `
    const place = await new Promise((resolve) => {
      if (!navigator.geolocation) return resolve({ geolocation: "not available" });
      navigator.geolocation.getCurrentPosition(
        ({ coords: { latitude, longitude, accuracy } }) => resolve({ latitude, longitude, accuracy }),
        ({ message }) => resolve({ geolocation: message }),
        { timeout: 1000 },
      );
    });
    const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
    const noon = new Date(Date.UTC(2026, 0, 31, 12));
    const facts = {
      languages: navigator.languages.join(","),
      language: navigator.language,
      timeZone,
      offsetMinutes: -noon.getTimezoneOffset(),
      locale,
      number: (1234567.891).toLocaleString(),
      currency: (1234.5).toLocaleString(undefined, { style: "currency", currency: "EUR" }),
      date: noon.toLocaleDateString(),
      weekday: noon.toLocaleDateString(undefined, { weekday: "long" }),
      ...place,
      userAgent: navigator.userAgent,
      platform: navigator.platform,
      webdriver: navigator.webdriver,
      screen: screen.width + "x" + screen.height,
    };
    document.querySelector("#facts").append(...Object.entries(facts).map(([name, value]) =>
      Object.assign(document.createElement("li"), { textContent: name + ": " + value })));
    document.querySelector("#facts-json").textContent = JSON.stringify(facts);`,
    expect: { byScript: true, text: ["userAgent: Mozilla/5.0"] },
  }),
];
