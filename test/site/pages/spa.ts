/** Single-page applications made with real frameworks, which start from an empty element. */
import { setTimeout as after } from "node:timers/promises";
import { importMap } from "../modules.ts";
import type { Page, Respond, Route } from "../page.ts";

/** The HTML that such an application serves: an empty element and a script. */
const shell =
  (title: string, mount: string, script: string): Respond =>
  () => ({
    body: `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="stylesheet" href="/assets/site.css">
  <script type="importmap">${JSON.stringify(importMap)}</script>
</head>
<body>
  ${mount}
  <script type="module">${script}</script>
</body>
</html>
`,
  });

/** A recipe book with a router on `history.pushState`. All its URLs serve the same HTML. */
const preactApp = shell(
  "Recipe book",
  `<div id="app"></div>`,
  `
    import { h, render } from "preact";
    import { useEffect, useState } from "preact/hooks";
    import htm from "htm";
    const html = htm.bind(h);

    const useJson = (url) => {
      const [data, setData] = useState(null);
      useEffect(() => { setData(null); fetch(url).then((answer) => answer.json()).then(setData); }, [url]);
      return data;
    };
    const Link = ({ to, children }) => html\`<a href=\${to} onClick=\${(event) => {
      event.preventDefault();
      history.pushState(null, "", to);
      dispatchEvent(new PopStateEvent("popstate"));
    }}>\${children}</a>\`;
    const List = () => {
      const recipes = useJson("/spa/api/recipes");
      useEffect(() => { document.title = "All recipes – Recipe book"; }, []);
      if (!recipes) return html\`<p>Opening the book…</p>\`;
      return html\`<h1>All recipes</h1><ul>\${recipes.map(({ id, name }) =>
        html\`<li key=\${id}><\${Link} to=\${"/spa/preact/recipes/" + id}>\${name}<//></li>\`)}</ul>\`;
    };
    const Recipe = ({ id }) => {
      const recipe = useJson("/spa/api/recipes/" + id);
      useEffect(() => { if (recipe) document.title = recipe.name + " – Recipe book"; }, [recipe]);
      if (!recipe) return html\`<p>Turning pages…</p>\`;
      return html\`<article><h1>\${recipe.name}</h1><p>Serves \${recipe.serves}</p>
        <h2>Ingredients</h2><ul>\${recipe.ingredients.map((line) => html\`<li>\${line}</li>\`)}</ul>
        <h2>Steps</h2><ol>\${recipe.steps.map((line) => html\`<li>\${line}</li>\`)}</ol>
        <p><\${Link} to="/spa/preact/recipes">Back to the list<//></p></article>\`;
    };
    const App = () => {
      const [path, setPath] = useState(location.pathname);
      useEffect(() => {
        const follow = () => setPath(location.pathname);
        addEventListener("popstate", follow);
        return () => removeEventListener("popstate", follow);
      }, []);
      const found = path.match(/\\/recipes\\/(\\d+)$/);
      if (path === "/spa/preact/") {
        history.replaceState(null, "", "/spa/preact/recipes");
        dispatchEvent(new PopStateEvent("popstate"));
        setPath("/spa/preact/recipes");
      }
      return html\`<header class="masthead"><p class="brand">Recipe book</p></header>
        <main>\${found ? html\`<\${Recipe} id=\${found[1]} />\` : html\`<\${List} />\`}</main>\`;
    };
    render(html\`<\${App} />\`, document.querySelector("#app"));`,
);

/** A booking form with computed figures, a list with transitions, and a lazy-loaded component. */
const vueApp = shell(
  "Boat hire",
  `<div id="app"><p>{{ greeting }}</p></div>`,
  `
    import { computed, createApp, defineAsyncComponent, onMounted, ref } from "vue";
    const Notice = defineAsyncComponent(async () => {
      const { text } = await (await fetch("/spa/api/notice")).json();
      return { template: "<aside><h2>Notice</h2><p>" + text + "</p></aside>" };
    });
    createApp({
      components: { Notice },
      setup() {
        const greeting = ref("Boats for an afternoon");
        const boats = ref([]);
        const hours = ref(3);
        onMounted(async () => { boats.value = await (await fetch("/spa/api/boats")).json(); });
        const total = computed(() => boats.value.reduce((sum, boat) => sum + boat.perHour * hours.value, 0));
        return { greeting, boats, hours, total };
      },
      template: \`
        <header class="masthead"><p class="brand">Boat hire</p></header>
        <main>
          <h1>{{ greeting }}</h1>
          <label>Hours <input type="number" v-model.number="hours"></label>
          <p v-if="!boats.length">Looking what is in…</p>
          <TransitionGroup v-else tag="ul" class="grid" appear>
            <li v-for="boat in boats" :key="boat.name" class="card">
              <h2>{{ boat.name }}</h2><p>{{ boat.seats }} seats, {{ boat.perHour * hours }} crowns for {{ hours }} hours</p>
              <p v-show="boat.seats > 9">Needs a licence</p>
            </li>
          </TransitionGroup>
          <p>All of them together: {{ total }} crowns</p>
          <Notice />
        </main>\`,
    }).mount("#app");`,
);

/** Components in nested shadow roots, with slots and tasks. */
const litApp = shell(
  "Seed library",
  `<seed-library></seed-library>`,
  `
    import { LitElement, css, html } from "lit";
    customElements.define("seed-packet", class extends LitElement {
      static properties = { name: {}, sow: {} };
      static styles = css\`:host { display: block; border: 1px solid #ccc; padding: 1rem }\`;
      render() { return html\`<h2>\${this.name}</h2><p>Sow in \${this.sow}.</p><slot></slot>\`; }
    });
    customElements.define("seed-library", class extends LitElement {
      static properties = { seeds: { state: true } };
      connectedCallback() {
        super.connectedCallback();
        fetch("/spa/api/seeds").then((answer) => answer.json()).then((seeds) => { this.seeds = seeds; });
      }
      render() {
        if (!this.seeds) return html\`<p>Opening drawers…</p>\`;
        return html\`<h1>Seed library</h1>\${this.seeds.map(({ name, sow, left }) =>
          html\`<seed-packet name=\${name} sow=\${sow}><p>\${left} packets left</p><a href="/spa/seeds/\${name.toLowerCase()}">Borrow</a></seed-packet>\`)}\`;
      }
    });`,
);

const recipes = [
  {
    id: 1,
    name: "Lentil soup",
    serves: 4,
    ingredients: ["250 g red lentils", "1 onion", "1 lemon"],
    steps: ["Fry the onion.", "Boil the lentils until they fall apart.", "Add the lemon last."],
  },
  {
    id: 2,
    name: "Plum dumplings",
    serves: 3,
    ingredients: ["12 plums", "500 g potatoes", "150 g flour"],
    steps: ["Boil and mash the potatoes.", "Wrap each plum in dough.", "Simmer for ten minutes."],
  },
];

const data: Record<string, unknown> = {
  recipes: recipes.map(({ id, name }) => ({ id, name })),
  notice: { text: "The upper lock is closed on Mondays." },
  boats: [
    { name: "Heron", seats: 4, perHour: 20 },
    { name: "Bittern", seats: 12, perHour: 55 },
  ],
  seeds: [
    { name: "Borage", sow: "April", left: 14 },
    { name: "Kale", sow: "August", left: 3 },
  ],
};

export const spaPages: Page[] = [
  {
    path: "/spa/preact/",
    title: "Preact: a router that replaces the address, then a fetched list",
    kind: "spa",
    expect: {
      status: 200,
      title: "All recipes – Recipe book",
      finalPath: "/spa/preact/recipes",
      text: ["Lentil soup", "Plum dumplings"],
      notText: ["Opening the book…"],
      byScript: true,
    },
    respond: preactApp,
  },
  {
    path: "/spa/preact/recipes/2",
    pattern: "/spa/preact/*",
    title: "Preact: a deep link",
    kind: "spa",
    expect: {
      status: 200,
      title: "Plum dumplings – Recipe book",
      text: ["Wrap each plum in dough.", "12 plums"],
      notText: ["Turning pages…"],
      byScript: true,
    },
    respond: preactApp,
  },
  {
    path: "/spa/vue",
    title: "Vue: computed values, transitions, an asynchronous component",
    kind: "spa",
    expect: {
      status: 200,
      title: "Boat hire",
      text: [
        "12 seats, 165 crowns for 3 hours",
        "All of them together: 225 crowns",
        "The upper lock is closed on Mondays.",
      ],
      notText: ["Looking what is in…"],
      byScript: true,
    },
    respond: vueApp,
  },
  {
    path: "/spa/lit",
    title: "Lit: components in nested shadow roots",
    kind: "spa",
    expect: {
      status: 200,
      title: "Seed library",
      text: ["14 packets left", "Borage"],
      notText: ["Opening drawers…"],
      byScript: true,
    },
    respond: litApp,
  },
];

const json = (value: unknown, status = 200) => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value ?? null),
});

export const spaRoutes: Route[] = [
  {
    pattern: "/spa/api/recipes/:id",
    respond: async ({ params, gone }) => {
      await after(150, undefined, { signal: gone });
      const recipe = recipes.find(({ id }) => id === Number(params.id));
      return json(recipe, recipe ? 200 : 404);
    },
  },
  {
    pattern: "/spa/api/:name",
    respond: async ({ params, gone }) => {
      await after(params.name === "notice" ? 400 : 100, undefined, { signal: gone });
      const found = data[params.name ?? ""];
      return json(found, found ? 200 : 404);
    },
  },
];
