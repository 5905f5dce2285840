/** Pages that show their content only if pictures, fonts or sounds have loaded. */
import { framedPage } from "../layout.ts";
import type { Page } from "../page.ts";
import { specimens } from "./structure.ts";

const cards = framedPage(specimens, {
  path: "/structure/cards-with-pictures",
  heading: "Cards with pictures",
  main: `
    <h1>Boats for hire</h1>
    <ul class="grid" id="boats"></ul>`,
  script: `
    for (const [name, price] of [["Skiff", 40], ["Dinghy", 55], ["Ketch", 210]]) {
      const card = document.createElement("li");
      card.className = "card";
      card.innerHTML = "<h2></h2><img alt='' src='/assets/img/" + name + ".png'><p class=price></p>";
      card.querySelector("h2").textContent = name + " for hire";
      card.querySelector("p").textContent = price + " a day";
      card.querySelector("img").addEventListener("error", () => card.remove());
      boats.append(card);
    }`,
  expect: { byScript: true, text: ["Skiff for hire", "55 a day", "Ketch for hire", "210 a day"] },
});

const gallery = framedPage(specimens, {
  path: "/structure/gallery",
  heading: "Gallery with a substitute",
  main: `
    <h1>Gallery</h1>
    ${["pier", "crane", "ferry"]
      .map(
        (name) => `<figure>
      <picture><source srcset="/assets/img/${name}-small.png 400w, /assets/img/${name}-large.png 1600w">
        <img src="/assets/img/${name}.png" alt="The ${name}"
          onerror="this.onerror = null; this.src = '/assets/icon.svg'; this.closest('figure').querySelector('figcaption').textContent = 'No picture'"></picture>
      <figcaption>The ${name} at dawn</figcaption>
    </figure>`,
      )
      .join("\n    ")}`,
  expect: {
    text: ["The pier at dawn", "The crane at dawn", "The ferry at dawn"],
    notText: ["No picture"],
  },
});

/** No script of this page runs before a picture has loaded. */
const revealed = framedPage(specimens, {
  path: "/structure/revealed-by-picture",
  heading: "Shown with its picture",
  main: `
    <h1>Shown with its picture</h1>
    <figure hidden>
      <img src="/assets/img/heron.png" alt="A heron" onload="this.closest('figure').hidden = false">
      <figcaption>A heron in the reeds</figcaption>
    </figure>`,
  expect: { text: ["A heron in the reeds"] },
});

/** As imagesLoaded and similar libraries do it: for each picture, a second one outside the document. */
const afterPictures = framedPage(specimens, {
  path: "/structure/after-pictures",
  heading: "After all pictures",
  main: `
    <h1>After all pictures</h1>
    <p id="wait">Waiting for pictures</p>
    <div id="wall">${[1, 2, 3, 4].map((n) => `<img src="/assets/img/wall-${n}.png" alt="Wall ${n}">`).join("")}</div>`,
  script: `
    const loaded = (image) => new Promise((resolve, reject) => {
      if (image.complete && image.naturalWidth > 0) return resolve();
      const second = new Image();
      second.onload = resolve;
      second.onerror = reject;
      second.src = image.src;
    });
    const decoded = async (image) => {
      await loaded(image);
      await image.decode();
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.drawImage(image, 0, 0, 8, 8);
    };
    await Promise.all(Array.from(document.images, decoded));
    wait.remove();
    wall.insertAdjacentHTML("beforebegin", "<p>The wall has " + document.images.length + " pictures.</p>");`,
  expect: { byScript: true, text: ["The wall has 4 pictures."], notText: ["Waiting for pictures"] },
});

const pictureSizes = framedPage(specimens, {
  path: "/structure/picture-sizes",
  heading: "Rows by picture size",
  main: `<h1>Rows by picture size</h1><div id="rows"></div>`,
  script: `
    for (const name of ["Lock", "Weir", "Mill"]) {
      const picture = new Image();
      picture.alt = name;
      picture.onload = () => {
        const ratio = picture.naturalWidth / picture.naturalHeight;
        if (!(picture.width > 32 && ratio > 0.2 && ratio < 5)) return;
        const row = document.createElement("figure");
        row.style.width = 200 * ratio + "px";
        row.append(picture, document.createElement("figcaption"));
        row.lastChild.textContent = name + " on the canal";
        rows.append(row);
      };
      picture.src = "/assets/img/" + name + ".png";
    }`,
  expect: { byScript: true, text: ["Lock on the canal", "Weir on the canal", "Mill on the canal"] },
});

const checkedPictures = framedPage(specimens, {
  path: "/structure/checked-pictures",
  heading: "Pictures that are asked for first",
  main: `<h1>Moorings</h1><div id="moorings"></div>`,
  script: `
    const show = (name) => moorings.insertAdjacentHTML("beforeend", "<p>Mooring " + name + " is free.</p>");
    fetch("/assets/img/north.png", { method: "HEAD" }).then(({ ok }) => ok && show("north"));
    const request = new XMLHttpRequest();
    request.open("GET", "/assets/img/south.png");
    request.responseType = "blob";
    request.onload = () => {
      const image = new Image();
      image.onload = () => request.status === 200 && show("south");
      image.src = URL.createObjectURL(request.response);
    };
    request.send();`,
  expect: { byScript: true, text: ["Mooring north is free.", "Mooring south is free."] },
});

const afterFont = framedPage(specimens, {
  path: "/structure/after-font",
  heading: "After its font",
  head: `<style>
    @font-face { font-family: "Quay Grotesk"; src: url("/assets/fonts/quay.ttf") }
    main { font-family: "Quay Grotesk", serif }
  </style>`,
  main: `<h1>After its font</h1><p id="out">Waiting for a font</p>`,
  script: `
    const other = new FontFace("Quay Mono", "url(/assets/fonts/quay-mono.ttf)");
    document.fonts.add(other);
    try {
      const [faces] = await Promise.all([document.fonts.load("700 1em 'Quay Grotesk'"), other.load(), document.fonts.ready]);
      const hasFont = faces.length > 0 && document.fonts.check("1em 'Quay Grotesk'") && other.status === "loaded";
      out.textContent = hasFont ? "Set in " + "Quay Grotesk." : "Set in another font.";
    } catch {
      out.textContent = "Set in another font.";
    }`,
  expect: {
    byScript: true,
    text: ["Set in Quay Grotesk."],
    notText: ["Waiting for a font", "Set in another font."],
  },
});

const listening = framedPage(specimens, {
  path: "/structure/listening",
  heading: "An episode to listen to",
  main: `
    <h1>Episode 12</h1>
    <video id="player" poster="/assets/img/cover.png"><source id="source" src="/assets/sound/episode-12.wav"></video>
    <div id="notes"></div>`,
  script: `
    const failed = () => { notes.textContent = "This episode cannot be played."; };
    player.onerror = source.onerror = failed;
    player.oncanplay = () => { notes.innerHTML = "<p>Notes on the " + "episode: fog horns.</p>"; };
    if (player.readyState > 2) player.oncanplay();
    const trailer = new Audio();
    trailer.onerror = failed;
    trailer.onloadedmetadata = () => document.querySelector("main").insertAdjacentHTML(
      "beforeend", "<p>The trailer has " + (trailer.duration > 0 ? "been found" : "no length") + ".</p>");
    trailer.src = "/assets/sound/trailer.wav";`,
  expect: {
    byScript: true,
    text: ["Notes on the episode: fog horns.", "The trailer has been found."],
    notText: ["This episode cannot be played."],
  },
});

/** The handlers are in HTML that a script makes, before and after it stands in the page. */
const lateHandlers = framedPage(specimens, {
  path: "/structure/late-handlers",
  heading: "Cards made from strings",
  main: `<h1>Crews wanted</h1><div id="crews"></div>`,
  script: `
    const image = (name) => "<img alt='' src='/assets/img/" + name + ".png' onerror='this.closest(\\"article\\").remove()'>";
    const html = (name) => "<article><h2>" + name + " needs a crew</h2>" + image(name) + "</article>";
    const box = document.createElement("div");
    box.innerHTML = html("Ketch");
    crews.append(box);
    const list = document.createElement("section");
    list.insertAdjacentHTML("beforeend", html("Yawl"));
    crews.append(list);
    crews.append(document.createRange().createContextualFragment(html("Cutter")));
    crews.insertAdjacentHTML("beforeend", html("Lugger"));`,
  expect: {
    byScript: true,
    text: ["Ketch needs a crew", "Yawl needs a crew", "Cutter needs a crew", "Lugger needs a crew"],
  },
});

/** As libraries do it that load fonts and sounds themselves. */
const fetchedFiles = framedPage(specimens, {
  path: "/structure/fetched-files",
  heading: "Files fetched by a script",
  main: `<h1>Files fetched by a script</h1><p id="out">Fetching files</p>`,
  script: `
    const bytes = async (path) => {
      const response = await fetch(path);
      if (!response.ok) throw new Error(path);
      return response.arrayBuffer();
    };
    try {
      const face = new FontFace("Fetched", await bytes("/assets/fonts/fetched.woff2"));
      document.fonts.add(await face.load());
      const sound = await new OfflineAudioContext(1, 8, 8000).decodeAudioData(await bytes("/assets/sound/bell.mp3"));
      out.textContent = "Has a " + face.status + " font and a sound of " + (sound.length > 0 ? "some length." : "no length.");
    } catch ({ message }) {
      out.textContent = "Failed: " + message;
    }`,
  expect: {
    byScript: true,
    text: ["Has a loaded font and a sound of some length."],
    notText: ["Fetching files"],
  },
});

const fontEvent = framedPage(specimens, {
  path: "/structure/font-event",
  heading: "What a font's event says",
  main: `<h1>What a font's event says</h1><p id="out">Waiting for an event</p>`,
  script: `
    document.fonts.addEventListener("loadingdone", ({ fontfaces }) => {
      out.textContent = fontfaces.length + " font has been loaded: " + fontfaces[0]?.family;
    });
    const face = new FontFace("Quayside", "url(/assets/fonts/quayside.woff2)");
    document.fonts.add(face);
    face.load();`,
  expect: { byScript: true, text: ["1 font has been loaded: Quayside"], notText: ["Waiting for an event"] },
});

export const picturePages: Page[] = [
  cards,
  gallery,
  revealed,
  afterPictures,
  pictureSizes,
  checkedPictures,
  afterFont,
  listening,
  lateHandlers,
  fetchedFiles,
  fontEvent,
];
