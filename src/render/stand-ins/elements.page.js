// Runs at the start of every document, in the page's own world, before any script of the page. Pictures, fonts and media
// are not loaded (see request-interception.ts). This makes them look as if they were: a page that waits for a picture, or
// removes one that has failed, comes out as it does for its readers.
//
// Events of elements that failed become `load` events. The properties and methods that would give a failure away answer
// what a loaded picture, font or video would.
(() => {
  // The blank page between two pages needs none of this.
  if (window === window.top && window.location.href === "about:blank") return;
  // The page may replace any of these later.
  const { Event, URL, OffscreenCanvas, DOMRect } = window;
  const { HTMLImageElement, HTMLMediaElement, HTMLVideoElement, HTMLSourceElement } = window;
  const { HTMLLinkElement, HTMLInputElement, SVGImageElement } = window;
  const { apply, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { addEventListener, dispatchEvent } = EventTarget.prototype;
  const { getAttribute, getClientRects, computedStyleMap } = Element.prototype;
  const { get: styleValue } = StylePropertyMapReadOnly.prototype;
  const { min, round } = Math;
  const { then } = Promise.prototype;
  const getter = (type, name) => {
    const { get } = getOwnPropertyDescriptor(type.prototype, name);
    return (object) => apply(get, object, []);
  };
  // Replaces a function by a Proxy. To the page it looks and behaves as before.
  const intercept = (owner, name, trap) => {
    if (owner?.[name]) owner[name] = new Proxy(owner[name], { apply: trap });
  };
  // Replaces the result of a property: `read` gets the object and what it would have returned.
  const interceptGetter = (type, name, read) => {
    const property = getOwnPropertyDescriptor(type.prototype, name);
    const get = new Proxy(property.get, {
      apply: (target, self) => read(self, apply(target, self, [])),
    });
    defineProperty(type.prototype, name, { ...property, get });
  };
  const interceptSetter = (type, name, trap) => {
    const property = getOwnPropertyDescriptor(type.prototype, name);
    const set = new Proxy(property.set, { apply: trap });
    defineProperty(type.prototype, name, { ...property, set });
  };
  // A promise as before, or `instead()` if it was rejected because something was not loaded.
  const unlessNotLoaded = (promise, isNotLoaded, instead) =>
    apply(then, promise, [
      undefined,
      (reason) => {
        if (isNotLoaded(reason)) return instead();
        throw reason;
      },
    ]);

  const isRemote = (url) => /^https?:/i.test(url);
  const baseOf = getter(Node, "baseURI");
  const parentOf = getter(Node, "parentNode");
  const attribute = (element, name) => apply(getAttribute, element, [name]);
  const absolute = (url, element) =>
    url && URL.canParse(url, baseOf(element)) ? new URL(url, baseOf(element)).href : url;

  // Pictures.

  const isComplete = getter(HTMLImageElement, "complete");
  const nativeWidth = getter(HTMLImageElement, "naturalWidth");
  const chosenUrl = getter(HTMLImageElement, "currentSrc");
  const sourceUrl = (image) => absolute(chosenUrl(image), image);
  const isStandIn = (image) => isComplete(image) && nativeWidth(image) === 0 && isRemote(sourceUrl(image));

  // The size of a picture for which the page states none.
  const USUAL_WIDTH = 1200;
  const USUAL_RATIO = 3 / 2;
  const pixels = (text) =>
    /^\s*\d+(?:\.\d+)?(?:px)?\s*$/.test(text ?? "") ? round(Number.parseFloat(text)) : 0;

  const naturalSize = (image) => {
    const width = pixels(attribute(image, "width"));
    const height = pixels(attribute(image, "height"));
    if (width && height) return { width, height };
    const [, across = 0, down = 1] =
      /aspect-ratio\s*:[^;\d]*([\d.]+)(?:\s*\/\s*([\d.]+))?/i.exec(attribute(image, "style") ?? "") ?? [];
    const ratio = across / down || USUAL_RATIO;
    if (height) return { width: round(height * ratio), height };
    const chosen = width || widthInSrcset(image) || USUAL_WIDTH;
    return { width: chosen, height: round(chosen / ratio) };
  };

  // The width that srcset states for the chosen picture. No picture is laid out wider than the window.
  const widthInSrcset = (image) => {
    const parent = parentOf(image);
    const lists = [attribute(image, "srcset")];
    if (parent instanceof HTMLPictureElement) {
      for (const source of parent.children) lists.unshift(attribute(source, "srcset"));
    }
    const chosen = sourceUrl(image);
    for (const list of lists) {
      for (const [, url, width] of (list ?? "").matchAll(/([^\s,]\S*)\s+(\d+)w/g)) {
        if (absolute(url, image) === chosen) return min(Number(width), window.innerWidth);
      }
    }
    return 0;
  };

  interceptGetter(HTMLImageElement, "currentSrc", (image, url) => absolute(url, image));
  const sides = [
    ["Width", "width"],
    ["Height", "height"],
  ];
  for (const [suffix, side] of sides) {
    interceptGetter(HTMLImageElement, `natural${suffix}`, (image, value) =>
      value === 0 && isStandIn(image) ? naturalSize(image)[side] : value,
    );
  }

  // The browser lays an image that has failed out as its alternative text, without the size that styles give it. Scripts
  // measure the room that the picture would take: at most what is around it.
  const clientWidth = getter(Element, "clientWidth");
  const boxOf = (image) => {
    if (!isStandIn(image) || apply(getClientRects, image, []).length === 0) return undefined;
    const styles = apply(computedStyleMap, image, []);
    if (String(apply(styleValue, styles, ["width"])) !== "auto") return undefined;
    const { width, height } = naturalSize(image);
    const parent = parentOf(image);
    const room = (parent instanceof Element && clientWidth(parent)) || window.innerWidth;
    const scale = min(1, room / width);
    return { width: width * scale, height: height * scale };
  };
  for (const [type, prefix] of [
    [HTMLImageElement, ""],
    [HTMLElement, "offset"],
    [Element, "client"],
  ]) {
    for (const [suffix, side] of sides) {
      interceptGetter(type, prefix ? `${prefix}${suffix}` : side, (element, value) => {
        if (!(element instanceof HTMLImageElement)) return value;
        const box = boxOf(element);
        if (box) return round(box[side]);
        // The width and height of an image that is not laid out are its natural ones.
        return value === 0 && prefix === "" && isStandIn(element) ? naturalSize(element)[side] : value;
      });
    }
  }
  intercept(Element.prototype, "getBoundingClientRect", (target, element, given) => {
    const rect = apply(target, element, given);
    const box = element instanceof HTMLImageElement ? boxOf(element) : undefined;
    return box ? new DOMRect(rect.x, rect.y, box.width, box.height) : rect;
  });
  intercept(HTMLImageElement.prototype, "decode", (target, image, given) =>
    unlessNotLoaded(
      apply(target, image, given),
      () => isStandIn(image),
      () => undefined,
    ),
  );

  // Drawing a picture that has failed is an error. An empty one of the same size takes its place.
  const drawable = (picture) => {
    if (!(picture instanceof HTMLImageElement) || !isStandIn(picture)) return picture;
    const { width, height } = naturalSize(picture);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d");
    return canvas;
  };
  const draw = (target, self, [picture, ...given]) => apply(target, self, [drawable(picture), ...given]);
  for (const context of [window.CanvasRenderingContext2D, window.OffscreenCanvasRenderingContext2D]) {
    intercept(context?.prototype, "drawImage", draw);
    intercept(context?.prototype, "createPattern", draw);
  }
  intercept(window, "createImageBitmap", draw);

  // Video and audio.

  const played = new WeakSet();
  const ready = ["durationchange", "loadedmetadata", "loadeddata", "canplay", "canplaythrough"];
  const mediaUrl = getter(HTMLMediaElement, "currentSrc");
  const stopFailing = (media) => {
    if (played.has(media)) return;
    played.add(media);
    for (const name of ready) dispatch(media, name);
  };
  for (const [type, name, value] of [
    [HTMLMediaElement, "error", null],
    [HTMLMediaElement, "networkState", HTMLMediaElement.NETWORK_IDLE],
    [HTMLMediaElement, "readyState", HTMLMediaElement.HAVE_ENOUGH_DATA],
    [HTMLMediaElement, "duration", 60],
    [HTMLVideoElement, "videoWidth", 1280],
    [HTMLVideoElement, "videoHeight", 720],
  ]) {
    interceptGetter(type, name, (media, actual) => (played.has(media) ? value : actual));
  }
  intercept(HTMLMediaElement.prototype, "load", (target, media, given) => {
    played.delete(media);
    return apply(target, media, given);
  });
  intercept(HTMLMediaElement.prototype, "play", (target, media, given) =>
    unlessNotLoaded(
      apply(target, media, given),
      ({ name }) => name === "NotSupportedError" && (played.has(media) || isRemote(mediaUrl(media))),
      () => {
        stopFailing(media);
        dispatch(media, "playing");
      },
    ),
  );

  // Failures of elements.

  const isPreloaded = new Set(["image", "font", "video", "audio", "track"]);
  const linkUrl = getter(HTMLLinkElement, "href");
  const inputUrl = getter(HTMLInputElement, "src");
  const drawingUrl = getter(SVGImageElement, "href");
  const dispatch = (element, name) => apply(dispatchEvent, element, [new Event(name)]);
  const loads = [
    HTMLImageElement,
    HTMLMediaElement,
    HTMLSourceElement,
    HTMLLinkElement,
    HTMLInputElement,
    SVGImageElement,
  ];

  const notLoaded = (element) => {
    if (element instanceof HTMLImageElement) return isStandIn(element);
    if (element instanceof HTMLLinkElement)
      return isPreloaded.has(attribute(element, "as")) && isRemote(linkUrl(element));
    if (element instanceof HTMLInputElement) return isRemote(inputUrl(element));
    if (element instanceof SVGImageElement) return isRemote(absolute(drawingUrl(element).baseVal, element));
    return false;
  };
  const onError = (event) => {
    const element = event.target;
    const media = element instanceof HTMLSourceElement ? parentOf(element) : element;
    if (media instanceof HTMLMediaElement) {
      const url = attribute(element, "src") ?? "";
      if (!isRemote(absolute(url, element))) return;
      event.stopImmediatePropagation();
      stopFailing(media);
    } else if (notLoaded(element)) {
      event.stopImmediatePropagation();
      dispatch(element, "load");
    }
  };
  const watch = (target) => apply(addEventListener, target, ["error", onError, true]);

  watch(window);
  // Opening a document removes all listeners.
  for (const name of ["open", "write", "writeln"]) {
    intercept(Document.prototype, name, (target, self, given) => {
      const result = apply(target, self, given);
      watch(window);
      return result;
    });
  }
  // Events in a shadow tree, and those of an element outside the document, do not reach the window.
  intercept(Element.prototype, "attachShadow", (target, self, given) => {
    const root = apply(target, self, given);
    watch(root);
    return root;
  });
  const watchElement = (target) => {
    if (loads.some((type) => target instanceof type)) watch(target);
  };
  intercept(EventTarget.prototype, "addEventListener", (target, self, given) => {
    if (given[0] === "load" || given[0] === "error") watchElement(self);
    return apply(target, self, given);
  });
  // Handlers in HTML have no function that could be intercepted.
  const { querySelectorAll } = DocumentFragment.prototype;
  const { querySelectorAll: findWithin } = Element.prototype;
  const isConnected = getter(Node, "isConnected");
  const hasHandler = /\son(?:error|load)\b/i;
  const watchWithin = (root, html) => {
    if (!root || isConnected(root) || !hasHandler.test(html)) return;
    const find = root instanceof DocumentFragment ? querySelectorAll : findWithin;
    for (const element of apply(find, root, ["[onerror], [onload]"])) watchElement(element);
  };
  interceptSetter(Element, "innerHTML", (target, self, given) => {
    apply(target, self, given);
    watchWithin(self, given[0]);
  });
  intercept(Element.prototype, "insertAdjacentHTML", (target, self, given) => {
    apply(target, self, given);
    watchWithin(parentOf(self) ?? self, given[1]);
  });
  intercept(Range.prototype, "createContextualFragment", (target, self, given) => {
    const fragment = apply(target, self, given);
    watchWithin(fragment, given[0]);
    return fragment;
  });
  for (const name of ["onload", "onerror"]) {
    interceptSetter(HTMLElement, name, (target, self, given) => {
      watchElement(self);
      return apply(target, self, given);
    });
  }

  // If the first script of a page is in an attribute of an element, the browser runs this no sooner than that. Pictures
  // may have failed by then, and the attribute's script is run next for one of them: it gets a picture that has left the
  // document, for a copy takes its place. Nothing else in the page can know the two apart.
  for (const picture of document.querySelectorAll("img[onerror], img[onload]")) {
    if (!isStandIn(picture)) continue;
    if (attribute(picture, "onerror") === null) dispatch(picture, "load");
    else picture.replaceWith(picture.cloneNode());
  }
})();
