// Runs at the start of every document, in the page's own world, before any script of the page. Pictures are not loaded,
// and most of them are blocked by their names (see request-interception.ts). When a script asks for one by fetch() or
// XMLHttpRequest, it gets a blank picture: a page may check so which pictures exist.
(() => {
  // The blank page between two pages needs none of this.
  if (window === window.top && window.location.href === "about:blank") return;
  // The page may replace any of these later.
  const { URL, Response, atob } = window;
  const makeBytes = Uint8Array.from.bind(Uint8Array);
  const { apply, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { resolve } = Promise;
  const { test } = RegExp.prototype;
  // A PNG of 1200 × 800 transparent pixels.
  const blank =
    "iVBORw0KGgoAAAANSUhEUgAABLAAAAMgAQMAAAAJLglBAAAAA1BMVEX///+nxBvIAAAAAXRSTlMAQObYZgAAAIxJREFUeNrtwTEBAAAAwqD1T20Hb6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+A9fvAAEacYGfAAAAAElFTkSuQmCC";
  const pictureName = /\.(?:__PICTURES__)$/;

  // The absolute URL if it is a picture's, or else undefined.
  const pictureUrl = (given) => {
    const url = URL.parse(given, document.baseURI);
    const isPicture =
      url && apply(test, /^https?:$/, [url.protocol]) && apply(test, pictureName, [url.pathname]);
    if (!isPicture) return undefined;
    url.hash = "";
    return url.href;
  };
  const isMethodSafe = (method) => apply(test, /^(?:get|head)$/i, [method ?? "GET"]);

  window.fetch = new Proxy(fetch, {
    apply(target, self, given) {
      const [input, init] = given;
      const request = input instanceof Request ? input : undefined;
      const url = isMethodSafe(init?.method ?? request?.method)
        ? pictureUrl(request?.url ?? input)
        : undefined;
      if (url === undefined) return apply(target, self, given);
      const bytes = makeBytes(atob(blank), (character) => character.charCodeAt(0));
      const response = new Response(bytes, { headers: { "content-type": "image/png" } });
      defineProperty(response, "url", { value: url });
      return apply(resolve, Promise, [response]);
    },
  });

  const asked = new WeakMap();
  const { prototype } = XMLHttpRequest;
  prototype.open = new Proxy(prototype.open, {
    apply(target, self, given) {
      const [method, address, ...rest] = given;
      const url = isMethodSafe(method) ? pictureUrl(address) : undefined;
      if (url === undefined) {
        asked.delete(self);
        return apply(target, self, given);
      }
      asked.set(self, url);
      return apply(target, self, ["GET", `data:image/png;base64,${blank}`, ...rest]);
    },
  });
  const responseUrl = getOwnPropertyDescriptor(prototype, "responseURL");
  defineProperty(prototype, "responseURL", {
    ...responseUrl,
    get: new Proxy(responseUrl.get, {
      apply(target, self) {
        const actual = apply(target, self, []);
        return actual && (asked.get(self) ?? actual);
      },
    }),
  });
})();
