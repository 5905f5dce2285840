/** Captures pages that try to prevent it, and checks the marks for what only the browser knows about a page. */
import { describe, expect, it } from "vitest";
import { captured, doctype, kept, path, saved, shown, site } from "./capturing.ts";

describe("a page", () => {
  it("is captured as its scripts left it, with its doctype and attributes", async () => {
    const html = await kept(
      `${doctype}<html lang="de"><title>T</title><p>One`,
      `document.body.append("two");`,
    );
    expect(html).toBe(
      `${doctype}<html lang="de"><head><title>T</title></head><body><p>One</p>two</body></html>`,
    );
  });

  it("is captured even if it has replaced the functions that capturing needs", async () => {
    const script = `
      Object.defineProperty(Element.prototype, "outerHTML", { get: () => "forged" });
      Element.prototype.getHTML = () => "forged";
      Element.prototype.setAttribute = () => { throw new Error("no"); };
      window.getComputedStyle = () => { throw new Error("no"); };
      Reflect.apply = () => { throw new Error("no"); };
      Object.defineProperty(Array.prototype, "0", { set() { throw new Error("no"); }, configurable: true });
      JSON.stringify = () => "forged";`;
    const page = `${doctype}<title>Real</title><p>Real<p style="display:none">Hidden`;
    expect((await captured(page, script)).title).toBe("Real");
    expect(await shown(page, script)).toBe("Real\n");
  });

  it("is captured even if its elements' names hide properties of the document and of forms", async () => {
    const names = [
      "title",
      "documentElement",
      "doctype",
      "body",
      "contentType",
      "defaultView",
      "children",
      "implementation",
    ];
    const html = `${doctype}<title>Real</title>${names.map((name) => `<img name="${name}"><form name="${name}"></form>`).join("")}
      <form><input name="firstElementChild"><input name="nextElementSibling"><input name="attributes"><input name="setAttribute"><p>In a form</p></form>`;
    expect(await captured(html)).toMatchObject({ title: "Real", url: `${site}${path}` });
    expect(await shown(html)).toBe("In a form\n");
  });

  it("keeps its own attributes and text that look like marks, and no marks, also in frames and shadow roots", async () => {
    const own = `<p data-trawl-hidden="" data-trawl-rendered="x" class="gone">&lt;b data-trawl-hidden=""&gt;</p>`;
    const script = `
      const style = document.head.appendChild(document.createElement("style"));
      style.textContent = ".gone { display: none }";
      const outer = document.querySelector("iframe").contentDocument;
      outer.write("<p style='display:none'>b</p><p>c</p><iframe></iframe>");
      outer.querySelector("iframe").contentDocument.write("<i style='visibility:hidden'>d</i>e");
      document.querySelector("div").attachShadow({ mode: "open" }).innerHTML = "<p style='display:none'>f</p>g";`;
    const { html, text } = await saved(`${doctype}${own}<iframe></iframe><div></div>`, script);
    expect(html.match(/data-trawl/g)).toHaveLength(3);
    expect(html).toContain(
      `<p data-trawl-hidden data-trawl-rendered="x" class="gone">&lt;b data-trawl-hidden=`,
    );
    expect(html).toContain("<p style=&quot;display:none&quot;>b</p><p>c</p>");
    expect(html).toContain("<i style=&amp;quot;visibility:hidden&amp;quot;>d</i>e");
    expect(html).toContain('<div><p style="display:none">f</p>g</div>');
    expect(text).toBe("c\n\ne\n\ng\n");
  });

  it("cannot find out the names of the marks", async () => {
    const script = `
      customElements.define("x-spy", class extends HTMLElement {
        static observedAttributes = ["data-trawl-hidden", "data-trawl-rendered", "data-trawl-block"];
        attributeChangedCallback() { this.textContent = "forged"; }
      });`;
    expect(await shown(`${doctype}<x-spy style="display:none"></x-spy><p>Real</p>`, script)).toBe("Real\n");
    expect(await kept(`${doctype}<x-spy style="display:none"></x-spy><p>Real</p>`, script)).not.toContain(
      "forged",
    );
  });

  it("is captured without a body, or without any element", async () => {
    expect(await kept(doctype, "document.body.remove();")).toBe(`${doctype}<html><head></head></html>`);
    expect(await kept(doctype, "document.documentElement.remove();")).toBe(doctype);
  });

  it("is captured with elements nested deeper than an HTML parser allows", async () => {
    const script = `
      let inner = document.body;
      for (let i = 0; i < 1000; i++) inner = inner.appendChild(document.createElement("div"));
      inner.textContent = "At the bottom";`;
    expect(await shown(doctype, script)).toBe("At the bottom\n");
  });
});

describe("the query of a link", () => {
  const html = `${doctype}<a href="s?q=Мост#Мост">1</a><map><area href="?q=%20ё"></map><a href="Мост?q">2</a>
    <svg><a href="s?q=ё">3</a></svg><div></div>`;
  const script = `document.querySelector("div").attachShadow({ mode: "open" }).innerHTML = "<a href='s?q=ё'>4</a>";`;

  it("is kept in the encoding in which the page sends it", async () => {
    const page = await captured(html, script, "/lang/russian-windows-1251");
    const kept = page.html.toPageHtml().html;
    expect(kept).toContain('<a href="s?q=%CC%EE%F1%F2#Мост">1</a>');
    expect(kept).toContain('<area href="?q=%20%B8">');
    expect(kept).toContain('<a href="Мост?q">2</a>');
    expect(kept).toContain('<a href="s?q=%B8">4</a>');
  });

  it("is kept as it is written in a page in UTF-8", async () => {
    const page = await captured(html, script, "/lang/russian");
    expect(page.html.toPageHtml().html).toContain('<a href="s?q=Мост#Мост">1</a>');
  });
});

describe("the text of a page", () => {
  it("leaves out hidden elements, whatever hides them", async () => {
    const html = `${doctype}<style>.gone { display: none } .unseen { visibility: hidden } [hidden].flex { display: flex }</style>
      <p class="gone">a</p><p class="unseen">b <b>c</b></p><p hidden>d</p><dialog>e</dialog><div popover>f</div>
      <p class="unseen">g <span style="visibility: visible">Seen</span></p>
      <p hidden class="flex">Shown after all</p><details><summary>Sum</summary>Folded</details>`;
    expect(await shown(html)).toBe("Seen\n\nShown after all\n\nSum\nFolded\n");
  });

  it("leaves out elements that scripts have hidden", async () => {
    const script = `
      document.querySelector("#tab2").hidden = true;
      document.adoptedStyleSheets.push(Object.assign(new CSSStyleSheet(), {}));
      document.adoptedStyleSheets[0].replaceSync("#tab3 { display: none }");`;
    expect(await shown(`${doctype}<p id=tab1>1<p id=tab2>2<p id=tab3>3`, script)).toBe("1\n");
  });
});

describe("a heading's link to itself", () => {
  it("is left out while it is transparent, but nothing else is", async () => {
    const html = `${doctype}<style>.faded { opacity: 0 }</style>
      <h2>One<a class="faded" href="#one">Link to this</a> <button class="faded">Copy link</button></h2>
      <h2>Two <span class="faded"><a href="#two">Anchor</a></span></h2>
      <div><h2>Three</h2><a class="faded" href="#three">Permalink</a></div>
      <h2 class="faded">Four fades in</h2><p class="faded">Text, <a href="#five">five</a></p><h2><b class="faded">Six</b></h2>
      <h2>Seven<a href="#seven"><span class="faded">Link</span></a></h2>`;
    expect(await shown(html)).toBe("One\n\nTwo\n\nThree\n\nFour fades in\n\nText, five\n\nSix\n\nSeven\n");
  });
});

describe("form fields", () => {
  it("show the values that scripts have set, and no secrets", async () => {
    const html = `${doctype}<p><input id="a" value="x"> <input id="b" type="password"> <input id="c" type="hidden"></p>
      <p><select id="d"><option>Red<option>Blue</select> <select id="e" multiple><option selected>S<option>M<option>L</select></p>
      <textarea id="f">before</textarea><p><input id="g" value="gone"> <input type="checkbox" id="h"> end</p>`;
    const script = `
      a.value = "it's \\"Grace\\" & \u00c5sa \ud800"; b.value = "secret"; c.value = "token"; d.value = "Blue";
      e.options[1].selected = e.options[2].selected = true; e.options[0].selected = false; f.value = "one\\ntwo"; g.value = "";
      h.checked = true;`;
    const { html: kept, text } = await saved(html, script);
    expect(text).toBe(`it's "Grace" & \u00c5sa \ufffd\n\nBlue M, L\n\none\ntwo\n\nend\n`);
    expect(kept).toContain('<input id="a" value="x">');
    expect(kept).toContain('<textarea id="f">before</textarea>');
  });

  it("are left out where only scripts see them", async () => {
    const html = `${doctype}<input style="position:absolute;left:-9999px" value="honeypot"><textarea
      style="position:fixed;opacity:0">copied</textarea><p><input style="position:absolute;left:9px" value="placed"></p>`;
    expect(await shown(html)).toBe("placed\n");
  });
});

describe("a consent banner", () => {
  const words = "<p>The blue kettle boils fastest of all that were tried.</p>";

  it("is left out if it is laid over the page", async () => {
    for (const style of ["position:fixed", "position:sticky;top:0", "position:absolute;z-index:9;top:0"]) {
      const banner = `<div class="cookie-banner" style="${style}">We use cookies<button>OK</button></div>`;
      expect(await shown(doctype + words + banner)).toBe(
        "The blue kettle boils fastest of all that were tried.\n",
      );
    }
  });

  it("is a part of the page if it stands in it, or if it is most of it", async () => {
    const named = (style: string) =>
      `<div class="cookie-bar" style="${style}">Biscuits, fresh each morning <a href="/order">Order</a></div>`;
    for (const style of ["", "position:relative;z-index:1", "position:absolute"])
      expect(await shown(doctype + words + named(style))).toContain("Biscuits");
    expect(await shown(doctype + named("position:fixed"))).toContain("Biscuits");
  });
});

describe("the layout of a page", () => {
  it("separates the items of a flex box, but not a word from its floating initial letter", async () => {
    const html = `${doctype}<nav style="display:flex"><a>Home</a><a>About</a></nav>
      <p><span style="float:left">O</span>nce upon a time</p><p><b style="display:block">Name</b><i>value</i></p>`;
    expect(await shown(html)).toBe("Home\nAbout\n\nOnce upon a time\n\nName\nvalue\n");
  });

  it("does not break a sentence where a label is positioned elsewhere", async () => {
    const html = `${doctype}<style>.label { position: absolute; width: 1px; height: 1px; overflow: hidden }</style>
      <p>Read <a>more<span class="label"> about ferries</span></a> today.</p>
      <p>Was<b class="label">regular price</b>$12<i class="label">.</i></p><li>Sort <div class="label">up</div> by name</li>
      <p>wo<span class="label"></span>rd</p><a>Basket<span class="label">3</span></a>`;
    expect(await shown(html)).toBe(
      "Read more about ferries today.\n\nWas regular price $12.\n\nSort up by name\n\nword\n\nBasket 3\n",
    );
  });

  it("gives each of several positioned lines a line", async () => {
    const html = `${doctype}<style>i { position: absolute }</style><div><i>Title</i><i>Subtitle</i></div>`;
    expect(await shown(html)).toBe("Title\nSubtitle\n");
  });

  it("puts the cells of a row beside each other, and blocks that are laid out in a line into it", async () => {
    const html = `${doctype}<style>b, i { display: table-cell } u { display: table-row } .line { display: inline }</style>
      <div style="display:table"><u><b>Berth</b><i>14</i></u><u><b>Pier</b><i>B</i></u></div>
      <p>One</p><div>two <div class="line">three</div> four <div style="display:inline-block">five</div>.</div>
      <div><div style="display:inline-block">Card</div><div style="display:inline-block">Card</div></div>`;
    expect(await shown(html)).toBe("Berth 14\nPier B\n\nOne\n\ntwo three four five.\nCard\nCard\n");
  });

  it("preserves white space where a style sheet does", async () => {
    const html = `${doctype}<style>.w { white-space: pre-wrap }</style><div class="w">a\n  b</div><div>c\n  d</div>`;
    expect(await shown(html)).toBe("a\n  b\nc d\n");
    const code = `${doctype}<code style="display:block;white-space:pre">a\n  b</code>c
      <pre style="display:grid"><span>d</span>\n<span>e</span>\n<span> </span>\n<span>f</span></pre>`;
    expect(await shown(code)).toBe("a\n  b\nc\n\nd\ne\n\nf\n");
  });
});

describe("shadow roots", () => {
  const define = (body: string) => `
    customElements.define("x-" + Math.random().toString(36).slice(2), class extends HTMLElement {});
    const attach = (host, html, mode = "open") => host.attachShadow({ mode }).innerHTML = html;
    const host = document.querySelector("#host");
    ${body}`;

  it("are written where they are shown, with the host's children in their slots", async () => {
    const script = define(
      `attach(host, "<style>p{}</style><p>Before</p><slot></slot><p>After</p><slot name=n>Default</slot>");`,
    );
    const html = await kept(`${doctype}<div id="host"><b>Light</b></div>`, script);
    expect(html).toContain('<div id="host"><p>Before</p><b>Light</b><p>After</p>Default</div>');
  });

  it("are captured inside each other, without their hidden parts in the text", async () => {
    const script = define(`
      attach(host, "<p>Outer</p><div class=in></div><p style='display:none'>Hidden</p>");
      attach(host.shadowRoot.querySelector(".in"), "<p>Inner</p>");`);
    expect(await shown(`${doctype}<div id="host">Not slotted</div>`, script)).toBe("Outer\n\nInner\n");
  });

  it("are not captured if they are closed, or if they are only templates that look like one", async () => {
    const script = define(`
      attach(host, "<p>Closed</p>", "closed");
      document.body.insertAdjacentHTML("beforeend", "<p>x<template shadowrootmode=open>Inert</template></p>");`);
    expect(await shown(`${doctype}<div id="host"></div>`, script)).toBe("x\n");
  });
});

describe("frames", () => {
  it("of the same origin are captured with their content, also inside each other", async () => {
    const script = `
      const frame = document.querySelector("iframe");
      frame.contentDocument.write("<p>Outer</p><iframe></iframe>");
      frame.contentDocument.close();
      const inner = frame.contentDocument.querySelector("iframe");
      inner.contentDocument.write("<p>In\\"ner &amp; quoted</p><p style='display:none'>Hidden</p>");
      inner.contentDocument.close();`;
    expect(await shown(`${doctype}<p>Page</p><iframe></iframe>`, script)).toBe(
      `Page\n\nOuter\n\nIn"ner & quoted\n`,
    );
  });

  it("are left out if they are hidden or empty", async () => {
    const script = `
      for (const frame of document.querySelectorAll(".f")) frame.contentDocument.body.textContent = "Framed";`;
    const html = await kept(
      `${doctype}<iframe class="f" style="display:none"></iframe><iframe></iframe>`,
      script,
    );
    expect(html).not.toContain("Framed");
    expect(html).not.toContain("srcdoc");
  });
});
