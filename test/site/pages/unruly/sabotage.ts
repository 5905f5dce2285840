/** Pages that break or forbid what scripts need to read them. */
import { framedPage } from "../../layout.ts";
import type { Page } from "../../page.ts";
import { unruly, unrulyFrame } from "./unruly-page.ts";

export const sabotagePages: Page[] = [
  // Scripts that read a page must not rely on any of these.
  unruly("globals", "Replaces the browser's own functions", {
    head: `
      JSON.stringify = () => { throw new Error("no JSON here"); };
      Array.from = Array.prototype.map = Array.prototype.filter = () => { throw new Error("no arrays here"); };
      Object.defineProperty(Document.prototype, "title", { get: () => "a title that is not true" });
      window.Promise = window.MutationObserver = window.Map = class { constructor() { throw new Error("not here"); } };
      String.prototype.trim = Element.prototype.querySelectorAll = Document.prototype.querySelectorAll = () => null;
      window.setTimeout = () => { throw new Error("no time here"); };
      document.addEventListener("DOMContentLoaded", () => { document.body.dataset.toJSON = "x"; });`,
  }),
  framedPage(unrulyFrame, {
    path: "/fault/policy",
    heading: "Forbids all scripts",
    headers: {
      "content-security-policy":
        "default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; sandbox",
      "x-frame-options": "DENY",
    },
    main: `<h1>Forbids all scripts</h1><p>Words that were served.</p><p id="out"></p>`,
    script: `document.querySelector("#out").textContent = "A script ran " + "against the policy.";`,
    expect: { text: ["Words that were served."], notText: ["A script ran against the policy."] },
  }),
  unruly("clobbered", "Names its elements like properties", {
    main: `<form id="body" name="documentElement"><input name="outerHTML"><input name="innerHTML" id="location"><img name="title" alt=""><a id="all" name="scripts" href="/x">link</a></form>`,
  }),
];
