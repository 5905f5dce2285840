// Runs at the start of every document, in the page's own world, before any script of the page. Fonts are not loaded (see
// request-interception.ts). This makes them look as if they were, for pages that wait for a font to show their text.
(() => {
  // The blank page between two pages needs none of this.
  if (window === window.top && window.location.href === "about:blank") return;
  // The page may replace any of these later.
  const { apply, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { then } = Promise.prototype;
  const { forEach } = FontFaceSet.prototype;
  // Replaces a function by a Proxy. To the page it looks and behaves as before.
  const intercept = (owner, name, trap) => {
    owner[name] = new Proxy(owner[name], { apply: trap });
  };
  const interceptGetter = (type, name, trap) => {
    const property = getOwnPropertyDescriptor(type.prototype, name);
    defineProperty(type.prototype, name, { ...property, get: new Proxy(property.get, { apply: trap }) });
  };
  // A file that is no font is a syntax error, and stays one.
  const evenIfNotLoaded = (promise, result) =>
    apply(then, promise, [
      undefined,
      (reason) => {
        if (reason?.name === "NetworkError") return result();
        throw reason;
      },
    ]);
  const { get: nativeStatus } = getOwnPropertyDescriptor(FontFace.prototype, "status");
  const { get: familyOf } = getOwnPropertyDescriptor(FontFace.prototype, "family");

  interceptGetter(FontFace, "status", (target, face) => {
    const status = apply(target, face, []);
    return status === "error" ? "loaded" : status;
  });
  const loaded = new WeakMap();
  interceptGetter(FontFace, "loaded", (target, face) => {
    const promise = apply(target, face, []);
    // It is the same promise each time.
    if (!loaded.has(face))
      loaded.set(
        face,
        evenIfNotLoaded(promise, () => face),
      );
    return loaded.get(face);
  });
  intercept(FontFace.prototype, "load", (target, face, given) => {
    const promise = apply(target, face, given);
    return evenIfNotLoaded(promise, () => face);
  });

  // The fonts of the set that a CSS font value such as `700 16px "Some Face", serif` names.
  const facesOf = (set, font) => {
    const named = String(font).toLowerCase();
    const faces = [];
    const collect = (face) => {
      const family = apply(familyOf, face, []).replace(/^["']|["']$/g, "");
      if (named.includes(family.toLowerCase())) faces.push(face);
    };
    apply(forEach, set, [collect]);
    return faces;
  };
  intercept(FontFaceSet.prototype, "load", (target, set, given) =>
    evenIfNotLoaded(apply(target, set, given), () => facesOf(set, given[0])),
  );
  intercept(FontFaceSet.prototype, "check", (target, set, given) => {
    if (apply(target, set, given)) return true;
    const faces = facesOf(set, given[0]);
    return faces.length > 0 && faces.every((face) => apply(nativeStatus, face, []) === "error");
  });
  // Of the fonts that have failed, the event names none.
  const failedFaces = () => {
    const faces = [];
    const collect = (face) => {
      if (apply(nativeStatus, face, []) === "error") faces.push(face);
    };
    apply(forEach, document.fonts, [collect]);
    return faces;
  };
  interceptGetter(FontFaceSetLoadEvent, "fontfaces", (target, event) => {
    const faces = apply(target, event, []);
    return faces.length === 0 && event.type === "loadingdone" ? failedFaces() : faces;
  });
  document.fonts.addEventListener("loadingerror", (event) => event.stopImmediatePropagation());
})();
