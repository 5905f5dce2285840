/** A forum: lists of threads, replies fetched by a script, and a table of members. */
import { setTimeout as after } from "node:timers/promises";
import { type Frame, framedPage } from "../layout.ts";
import type { Page, Route } from "../page.ts";

const frame: Frame = {
  kind: "forum",
  name: "Workbench",
  tagline: "People who mend, bake and build",
  accent: "#5b3f8c",
  nav: [
    ["/forum/", "Threads"],
    ["/forum/members", "Members"],
    ["/forum/rules", "Rules"],
  ],
};

interface Post {
  author: string;
  at: string;
  text: string;
}

interface Thread {
  slug: string;
  subject: string;
  posts: Post[];
}

const threads: Thread[] = [
  {
    slug: "sourdough-at-altitude",
    subject: "Sourdough at 1,800 metres: flat every time",
    posts: [
      {
        author: "rye_and_shine",
        at: "2026-02-03T18:20:00Z",
        text: "Since we moved up the mountain my loaves spread like soup. Same flour, same starter. What do I change?",
      },
      {
        author: "slowoven",
        at: "2026-02-03T19:02:00Z",
        text: "Less water and a shorter rise. Gas expands more up there, so the dough is ready sooner than the clock says.",
      },
      {
        author: "rye_and_shine",
        at: "2026-02-05T07:41:00Z",
        text: "Took 5 % of the water away and shaped an hour earlier. It stands! Thank you.",
      },
    ],
  },
  {
    slug: "keyboard-repair",
    subject: "One column of keys is dead",
    posts: [
      {
        author: "solderghost",
        at: "2026-04-11T12:00:00Z",
        text: "Keys 4, R, F and V do nothing since I spilled tea. The rest works. Is the controller gone?",
      },
      {
        author: "matrix_row",
        at: "2026-04-11T12:30:00Z",
        text: "A whole column means one trace or one diode lead. Follow it with a meter before you blame the chip.",
      },
      {
        author: "solderghost",
        at: "2026-04-12T09:15:00Z",
        text: "Found a corroded via under the space bar. Bridged it with a hair of wire and all four keys are back.",
      },
    ],
  },
];

const members: [name: string, since: string, posts: number][] = [
  ["rye_and_shine", "2021", 412],
  ["slowoven", "2019", 1733],
  ["solderghost", "2024", 58],
  ["matrix_row", "2020", 902],
];

const postHtml = ({ author, at, text }: Post) => `
      <article class="card">
        <header><strong>${author}</strong> <time datetime="${at}">${at.slice(0, 10)}</time></header>
        <p>${text}</p>
      </article>`;

const list = framedPage(frame, {
  path: "/forum/",
  heading: "Threads",
  main: `
    <h1>Threads</h1>
    <table>
      <thead><tr><th>Subject</th><th>Replies</th><th>Last by</th></tr></thead>
      <tbody>
        ${threads
          .map(
            ({ slug, subject, posts }) =>
              `<tr><td><a href="/forum/thread/${slug}">${subject}</a></td><td>${posts.length - 1}</td><td>${posts.at(-1)?.author}</td></tr>`,
          )
          .join("\n        ")}
      </tbody>
    </table>
    <p class="muted"><a href="?page=2" rel="next">Older threads</a></p>`,
  expect: { text: ["One column of keys is dead", "Older threads"] },
});

const [breadThread, keyboardThread] = threads as [Thread, Thread];

const wholeThread = framedPage(frame, {
  path: `/forum/thread/${breadThread.slug}`,
  heading: breadThread.subject,
  main: `
    <h1>${breadThread.subject}</h1>
    <section aria-label="Posts">${breadThread.posts.map(postHtml).join("")}
    </section>
    <p><a href="/forum/">Back to the threads</a></p>`,
  expect: { text: breadThread.posts.map(({ text }) => text) },
});

/** Serves the first post and fetches the replies. */
const lazyThread = framedPage(frame, {
  path: `/forum/thread/${keyboardThread.slug}`,
  heading: keyboardThread.subject,
  main: `
    <h1>${keyboardThread.subject}</h1>
    <section aria-label="Posts" id="posts">${keyboardThread.posts.slice(0, 1).map(postHtml).join("")}
    </section>
    <p id="state">Loading replies…</p>`,
  script: `
    const { replies } = await (await fetch("/forum/api/thread/${keyboardThread.slug}/replies")).json();
    for (const { author, at, text } of replies) {
      const post = document.createElement("article");
      post.className = "card";
      const header = document.createElement("header");
      header.append(
        Object.assign(document.createElement("strong"), { textContent: author }), " ",
        Object.assign(document.createElement("time"), { dateTime: at, textContent: at.slice(0, 10) }),
      );
      post.append(header, Object.assign(document.createElement("p"), { textContent: text }));
      document.querySelector("#posts").append(post);
    }
    document.querySelector("#state").remove();`,
  expect: {
    byScript: true,
    text: keyboardThread.posts.slice(1).map(({ text }) => text),
    notText: ["Loading replies…"],
  },
});

const memberTable = framedPage(frame, {
  path: "/forum/members",
  heading: "Members",
  main: `
    <h1>Members</h1>
    <table>
      <thead><tr><th>Name</th><th>Since</th><th>Posts</th></tr></thead>
      <tbody>
        ${members.map(([name, since, posts]) => `<tr><td><a href="/forum/members/${name}">${name}</a></td><td>${since}</td><td>${posts}</td></tr>`).join("\n        ")}
      </tbody>
      <tfoot><tr><td colspan="2">All</td><td>${members.reduce((sum, [, , posts]) => sum + posts, 0)}</td></tr></tfoot>
    </table>`,
  expect: { text: ["solderghost", "3105"] },
});

const rules = framedPage(frame, {
  path: "/forum/rules",
  heading: "Rules",
  main: `
    <h1>Rules</h1>
    <ol>
      <li>Say what you have tried.</li>
      <li>Pictures of burns, yes; pictures of food with a filter, no.
        <ul><li>Crumb shots are welcome.</li><li>So are exploded views.</li></ul>
      </li>
      <li>When it works, come back and say so.</li>
    </ol>`,
  expect: { text: ["Say what you have tried.", "So are exploded views."] },
});

export const forumPages: Page[] = [list, wholeThread, lazyThread, memberTable, rules];

export const forumRoutes: Route[] = [
  {
    pattern: "/forum/api/thread/:slug/replies",
    respond: async ({ params, gone }) => {
      await after(120, undefined, { signal: gone });
      const thread = threads.find(({ slug }) => slug === params.slug);
      return {
        status: thread ? 200 : 404,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ replies: thread?.posts.slice(1) ?? [] }),
      };
    },
  },
];
