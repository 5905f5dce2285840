/** Pages whose content is in several trees: shadow roots, custom elements, frames. */
import { framedPage } from "../layout.ts";
import type { Page, Route } from "../page.ts";
import { specimens } from "./structure.ts";

const declarativeShadow = framedPage(specimens, {
  path: "/structure/shadow-declarative",
  heading: "Declarative shadow roots",
  main: `
    <h1>Declarative shadow roots</h1>
    <article-card>
      <template shadowrootmode="open">
        <style>h2 { color: teal }</style>
        <h2><slot name="title">Default title</slot></h2>
        <p>Text from the shadow root.</p>
        <slot></slot>
        <p>Written after the <a href="/from-shadow">default slot</a>.</p>
      </template>
      <span slot="title">Slotted title</span>
      <p>Slotted paragraph from the light tree.</p>
    </article-card>
    <side-note>
      <template shadowrootmode="open"><p>A root without slots.</p></template>
      <p>Light text that no slot shows.</p>
    </side-note>`,
  expect: {
    text: [
      "Text from the shadow root.",
      "Slotted title",
      "Slotted paragraph from the light tree.",
      "A root without slots.",
    ],
    notText: ["Light text that no slot shows.", "Default title"],
  },
});

const imperativeShadow = framedPage(specimens, {
  path: "/structure/shadow-imperative",
  heading: "Shadow roots by script",
  main: `
    <h1>Shadow roots by script</h1>
    <weather-report place="Harbour"></weather-report>
    <weather-report place="Ridge"></weather-report>
    <div id="host"></div>`,
  script: `
    class WindArrow extends HTMLElement {
      connectedCallback() {
        this.attachShadow({ mode: "open" }).innerHTML = "<b></b>";
        this.shadowRoot.querySelector("b").textContent = "wind from the " + this.getAttribute("from");
      }
    }
    class WeatherReport extends HTMLElement {
      async connectedCallback() {
        const root = this.attachShadow({ mode: "open" });
        root.innerHTML = "<p>Reading instruments…</p>";
        const { degrees, from } = await (await fetch("/structure/api/weather/" + this.getAttribute("place"))).json();
        // The attribute comes with the element, which may be defined by now, and then reads it at once.
        root.innerHTML = "<h2></h2><p class=t></p><wind-arrow from='" + from + "'></wind-arrow><a href='/weather'>All stations</a>";
        root.querySelector("h2").textContent = this.getAttribute("place") + " station";
        root.querySelector(".t").textContent = degrees + " degrees";
        customElements.upgrade(root);
      }
    }
    customElements.define("weather-report", WeatherReport);
    customElements.whenDefined("weather-report").then(() => setTimeout(() => customElements.define("wind-arrow", WindArrow), 200));
    document.querySelector("#host").attachShadow({ mode: "closed" }).innerHTML = "<p>In a closed root</p>";`,
  expect: {
    byScript: true,
    text: ["Harbour station", "14 degrees", "wind from the south-west"],
    notText: ["Reading instruments…"],
  },
});

const customElements = framedPage(specimens, {
  path: "/structure/custom-elements",
  heading: "Custom elements",
  main: `
    <h1>Custom elements</h1>
    <greeting-line name="reader"></greeting-line>
    <count-down from="3"></count-down>
    <never-defined><p>Content of an element that nobody defined.</p></never-defined>`,
  script: `
    customElements.define("greeting-line", class extends HTMLElement {
      static observedAttributes = ["name"];
      attributeChangedCallback() { this.textContent = "Good evening, " + this.getAttribute("name") + "."; }
    });
    customElements.define("count-down", class extends HTMLElement {
      connectedCallback() {
        let left = Number(this.getAttribute("from"));
        const tick = () => {
          this.textContent = left > 0 ? left + " to go" : "Lift" + "-off";
          if (left-- > 0) setTimeout(tick, 80);
        };
        tick();
      }
    });`,
  expect: { byScript: true, text: ["Good evening, reader.", "Lift-off"] },
});

const frames = framedPage(specimens, {
  path: "/structure/frames",
  heading: "Frames of the same origin",
  main: `
    <h1>Frames of the same origin</h1>
    <p>Before the frame.</p>
    <iframe src="/structure/frame/outer" title="Outer frame" width="600" height="200"></iframe>
    <iframe srcdoc="&lt;h2&gt;Written into an attribute&lt;/h2&gt;&lt;p&gt;It has no address.&lt;/p&gt;" title="Inline frame"></iframe>
    <p>After the frames.</p>`,
  expect: {
    byScript: true,
    text: [
      "This stands in the outer frame.",
      "This stands in the inner frame.",
      "It was fetched within a frame.",
    ],
  },
});

/** The frame has another hostname than the page, so it is another origin on the same server. */
const foreignFrame = framedPage(specimens, {
  path: "/structure/foreign-frame",
  heading: "A frame of another origin",
  main: ({ url }) => `
    <h1>A frame of another origin</h1>
    <p>Only this paragraph is the page's own.</p>
    <iframe src="http://localhost:${url.port}/structure/frame/inner" title="Foreign frame"></iframe>`,
  expect: { text: ["Only this paragraph is the page's own."] },
});

const frameDocument = (heading: string, body: string) => ({
  body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${heading}</title></head><body><h2>${heading}</h2>${body}</body></html>`,
});

export const compositionPages: Page[] = [
  declarativeShadow,
  imperativeShadow,
  customElements,
  frames,
  foreignFrame,
];

export const compositionRoutes: Route[] = [
  {
    pattern: "/structure/api/weather/:place",
    respond: ({ params }) => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify(
        params.place === "Ridge" ? { degrees: 6, from: "north" } : { degrees: 14, from: "south-west" },
      ),
    }),
  },
  {
    pattern: "/structure/frame/outer",
    respond: () =>
      frameDocument(
        "Outer frame",
        `<p>This stands in the outer frame.</p><iframe src="inner" title="Inner frame"></iframe>`,
      ),
  },
  {
    pattern: "/structure/frame/inner",
    respond: () =>
      frameDocument(
        "Inner frame",
        `<p>This stands in the inner frame.</p><p id="late"></p><a href="relative-to-frame">A link in a frame</a>
        <script type="module">
          const { degrees } = await (await fetch("/structure/api/weather/Harbour")).json();
          document.querySelector("#late").textContent = degrees ? "It was fetched within a frame." : "";
        </script>`,
      ),
  },
];
