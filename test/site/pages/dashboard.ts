/** The dashboard of a fictional waterworks: fetched figures, and a table and a chart made in the browser. */
import { setTimeout as after } from "node:timers/promises";
import { type Frame, framedPage } from "../layout.ts";
import type { Page, Route } from "../page.ts";

const frame: Frame = {
  kind: "dashboard",
  name: "Pump House",
  tagline: "The state of the water works, minute by minute",
  accent: "#0b6e99",
  nav: [
    ["/dashboard/", "Overview"],
    ["/dashboard/pumps", "Pumps"],
    ["/dashboard/report", "Report"],
  ],
};

const figures: Record<string, { label: string; value: number; unit: string; delayMs: number }> = {
  flow: { label: "Flow", value: 1284, unit: "m³/h", delayMs: 40 },
  pressure: { label: "Pressure", value: 4.7, unit: "bar", delayMs: 180 },
  level: { label: "Tower level", value: 82, unit: "%", delayMs: 320 },
};

/** Sends three requests at once, which return one after the other. */
const overview = framedPage(frame, {
  path: "/dashboard/",
  heading: "Overview",
  main: `
    <h1>Overview</h1>
    <div class="grid">
      ${Object.keys(figures)
        .map((name) => `<section class="card" data-figure="${name}"><p>…</p></section>`)
        .join("\n      ")}
    </div>`,
  script: `
    await Promise.all([...document.querySelectorAll("[data-figure]")].map(async (card) => {
      const { label, value, unit } = await (await fetch("/dashboard/api/figures/" + card.dataset.figure)).json();
      card.innerHTML = "<h2></h2><p class=price></p>";
      card.querySelector("h2").textContent = label;
      card.querySelector("p").textContent = value.toLocaleString("en") + " " + unit;
    }));
    document.title = "All well – Pump House";`,
  expect: { byScript: true, title: "All well – Pump House", text: ["1,284 m³/h", "4.7 bar", "82 %"] },
});

const pumps = [
  { id: "P-01", state: "running", hours: 10412 },
  { id: "P-02", state: "standing by", hours: 9980 },
  { id: "P-03", state: "in repair", hours: 15006 },
];

/** Builds a table from JSON in a script element. */
const pumpTable = framedPage(frame, {
  path: "/dashboard/pumps",
  heading: "Pumps",
  main: `
    <h1>Pumps</h1>
    <script type="application/json" id="data">${JSON.stringify(pumps)}</script>
    <table><thead><tr><th>Pump</th><th>State</th><th>Hours</th></tr></thead><tbody></tbody></table>`,
  script: `
    const body = document.querySelector("tbody");
    for (const pump of JSON.parse(document.querySelector("#data").textContent)) {
      const row = body.insertRow();
      row.insertCell().textContent = pump.id;
      row.insertCell().textContent = pump.state;
      row.insertCell().textContent = pump.hours.toLocaleString("en") + " h";
    }`,
  expect: { byScript: true, text: ["10,412 h", "15,006 h"] },
});

/** An SVG chart, with its numbers in a table for screen readers. */
const report = framedPage(frame, {
  path: "/dashboard/report",
  heading: "Report",
  main: `
    <h1>Water pumped in the first half-year</h1>
    <figure>
      <svg viewBox="0 0 240 80" role="img" aria-label="Bar chart of water pumped by month">
        ${[61, 55, 63, 66, 71, 78].map((value, month) => `<rect x="${month * 40 + 5}" y="${80 - value}" width="30" height="${value}" fill="#0b6e99"/>`).join("")}
      </svg>
      <figcaption>In thousand cubic metres</figcaption>
    </figure>
    <table>
      <thead><tr><th>Month</th><th>Pumped</th></tr></thead>
      <tbody>
        <tr><td>January</td><td>61</td></tr><tr><td>February</td><td>55</td></tr><tr><td>March</td><td>63</td></tr>
        <tr><td>April</td><td>66</td></tr><tr><td>May</td><td>71</td></tr><tr><td>June</td><td>78</td></tr>
      </tbody>
    </table>`,
  expect: { text: ["In thousand cubic metres", "February"] },
});

export const dashboardPages: Page[] = [overview, pumpTable, report];

export const dashboardRoutes: Route[] = [
  {
    pattern: "/dashboard/api/figures/:name",
    respond: async ({ params, gone }) => {
      const figure = figures[params.name ?? ""];
      await after(figure?.delayMs ?? 0, undefined, { signal: gone });
      return {
        status: figure ? 200 : 404,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(figure ?? null),
      };
    },
  },
];
