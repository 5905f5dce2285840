/** Pictures, fonts and media are not loaded, and a page's scripts see them as if they were. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Tab } from "../../src/render/tab.ts";
import { openTab } from "./open-tab.ts";

const site = inject("site");
const limits = {
  navigationTimeout: 20_000,
  settleTimeout: 5000,
  settleQuiet: 150,
  pageTimeout: 25_000,
  maxBytes: 1024 * 1024,
};
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
  tab = await openTab(browser, 20_000);
  await tab.render(`${site}/structure/arrival`, limits);
});

afterAll(async () => {
  await tab.close();
  await browser.close();
});

/** Runs the body of an async function in a page. `outcome(element)` resolves with the first event that it gets. */
async function inPage(body: string): Promise<unknown> {
  const outcome = `const outcome = (element, ...names) => new Promise((resolve) => {
    for (const name of ["error", ...names]) element.addEventListener(name, () => resolve(name));
  });`;
  const expression = `(async () => { document.body.innerHTML = ""; ${outcome} ${body} })()`;
  const params = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await tab.session.send("Runtime.evaluate", params);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
  return result.value;
}

/** What an image with these attributes says about itself when it has loaded. */
function image(attributes: string): Promise<unknown> {
  return inPage(`
    document.body.innerHTML = \`<img ${attributes}>\`;
    const image = document.images[0];
    const event = await outcome(image, "load");
    return [event, image.complete, image.naturalWidth, image.naturalHeight];`);
}

describe("a picture", () => {
  it("has loaded, whatever its URL looks like", async () => {
    expect(await image(`src="/any/photo.jpg"`)).toEqual(["load", true, 1200, 800]);
    expect(await image(`src="/any/photo?w=300"`)).toEqual(["load", true, 1200, 800]);
  });

  it("has the size that the page states", async () => {
    expect(await image(`src="/a.webp" width="640" height="360"`)).toEqual(["load", true, 640, 360]);
    expect(await image(`src="/a.webp" width="300"`)).toEqual(["load", true, 300, 200]);
    expect(await image(`src="/a.webp" width="100%" style="aspect-ratio: 2 / 1"`)).toEqual([
      "load",
      true,
      1200,
      600,
    ]);
    expect(await image(`srcset="/a-600.png 600w, /a-300.png 300w" sizes="400px"`)).toEqual([
      "load",
      true,
      600,
      400,
    ]);
  });

  it("takes room, whatever its alternative text", async () => {
    const sizes = await inPage(`
      document.body.innerHTML = "<div style='width: 300px'><img src='/a.jpg' alt='A'><img src='/b.jpg' alt=''>" +
        "<img src='/c.jpg' width='20' height='30'><img src='/d.jpg' hidden></div>";
      const images = [...document.images];
      await Promise.all(images.map((image) => outcome(image, "load")));
      return images.map((image) => {
        const { width, height } = image.getBoundingClientRect();
        return [image.width, image.height, image.offsetWidth, image.clientHeight, width, height];
      });`);
    expect(sizes).toEqual([
      [300, 200, 300, 200, 300, 200],
      [300, 200, 300, 200, 300, 200],
      [20, 30, 20, 30, 20, 30],
      [1200, 800, 0, 0, 0, 0],
    ]);
  });

  it("is loaded in a <picture>, a drawing, a button, a shadow root, and outside the document", async () => {
    const events = await inPage(`
      document.body.innerHTML = "<picture><source srcset='/a.avif' type='image/avif'><img src='/a.jpg'></picture>" +
        "<svg><image href='/b.png' /></svg><input type=image src='/c.gif'><div></div>";
      const root = document.querySelector("div").attachShadow({ mode: "closed" });
      const inShadow = new Promise((resolve) => { window.tell = resolve; });
      root.innerHTML = "<img src='/d.jpg' onload='tell(event.type)' onerror='tell(event.type)'>";
      const outside = new Image();
      const told = new Promise((resolve) => { outside.onload = outside.onerror = ({ type }) => resolve(type); });
      outside.src = "/e.jpg";
      const all = ["img", "image", "input"].map((name) => outcome(document.querySelector(name), "load"));
      return Promise.all([...all, inShadow, told]);`);
    expect(events).toEqual(["load", "load", "load", "load", "load"]);
  });

  it("calls no listener for failures, not even the window's", async () => {
    const heard = await inPage(`
      const heard = [];
      addEventListener("error", ({ target }) => heard.push(target.localName), true);
      document.body.innerHTML = "<img src='/a.jpg' onerror='this.remove()'><link rel=preload as=image href='/b.png'>";
      await Promise.all(Array.from(document.body.children, (element) => outcome(element, "load")));
      return [heard, document.images.length];`);
    expect(heard).toEqual([[], 1]);
  });

  it("is still loaded after the page has written its document anew", async () => {
    const event = await inPage(`
      const told = new Promise((resolve) => { window.tell = resolve; });
      document.open();
      document.write("<body><img src='/a.jpg' onload='tell(event.type)' onerror='tell(event.type)'>");
      document.close();
      return told;`);
    expect(event).toBe("load");
  });

  it("can be decoded and drawn", async () => {
    const sizes = await inPage(`
      const picture = Object.assign(new Image(), { src: "/a.png" });
      await picture.decode();
      const context = document.createElement("canvas").getContext("2d");
      context.drawImage(picture, 0, 0);
      const bitmap = await createImageBitmap(picture);
      return [bitmap.width, context.createPattern(picture, "repeat") !== null];`);
    expect(sizes).toEqual([1200, true]);
  });

  it("fails if it has no address, or is no picture", async () => {
    expect(await image(`src=""`)).toEqual(["error", true, 0, 0]);
    expect(await image(`src="data:image/png;base64,AAAA"`)).toEqual(["error", true, 0, 0]);
  });

  it("can be asked for by scripts", async () => {
    const answers = await inPage(`
      const answer = await fetch("/a/photo.jpg#top", { method: "HEAD" });
      const request = new XMLHttpRequest();
      request.open("GET", "/a/photo.png");
      const event = outcome(request, "load");
      request.send();
      return [answer.status, answer.url, await event, request.status, request.responseURL];`);
    expect(answers).toEqual([200, `${site}/a/photo.jpg`, "load", 200, `${site}/a/photo.png`]);
  });
});

describe("a font", () => {
  it("is loaded, by style sheet or by script", async () => {
    const states = await inPage(`
      document.body.innerHTML = "<style>@font-face { font-family: Some Face; src: url(/some.woff2) }</style>";
      const other = new FontFace("Other Face", "url(/other)");
      document.fonts.add(other);
      const faces = await document.fonts.load("italic 12px 'Some Face', serif");
      await Promise.all([other.load(), other.loaded, document.fonts.ready]);
      return [faces.map(({ family, status }) => [family, status]), other.status, document.fonts.check("12px Other Face")];`);
    expect(states).toEqual([[["Some Face", "loaded"]], "loaded", true]);
  });

  it("fails if it is no font", async () => {
    const bad = `new FontFace("Bad", new ArrayBuffer(4)).loaded.catch(({ name }) => name)`;
    expect(await inPage(`return ${bad};`)).toBe("SyntaxError");
  });
});

describe("a video or sound", () => {
  it("can be played, also if it has several sources", async () => {
    const states = await inPage(`
      document.body.innerHTML = "<video src='/a.mp4'></video>" +
        "<video><source src='/b.webm' onerror='this.parentNode.remove()'><source src='/b.mp4' type='video/mp4'></video>";
      const sound = new Audio("/c.mp3");
      const all = [...document.querySelectorAll("video"), sound];
      const events = await Promise.all(all.map((media) => outcome(media, "canplaythrough")));
      return all.map((media, n) => [events[n], media.error, media.readyState, media.duration > 0, media.videoWidth > 0]);`);
    expect(states).toEqual([
      ["canplaythrough", null, 4, true, true],
      ["canplaythrough", null, 4, true, true],
      ["canplaythrough", null, 4, true, false],
    ]);
  });

  it("starts when the page plays it", async () => {
    const events = await inPage(`
      const video = Object.assign(document.createElement("video"), { muted: true, src: "/a.mp4" });
      const event = outcome(video, "playing");
      await video.play();
      return event;`);
    expect(events).toBe("playing");
  });
});
