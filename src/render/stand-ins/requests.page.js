// Runs at the start of every document, in the page's own world, before any script of the page. Pictures, fonts and media are
// not loaded, and most of them are blocked by their names (see request-interception.ts). When a script asks for one by
// fetch() or XMLHttpRequest, it gets a blank one: a page may check so which pictures exist, or load its fonts itself.
(() => {
  // The blank page between two pages needs none of this.
  if (window === window.top && window.location.href === "about:blank") return;
  // The page may replace any of these later.
  const { URL, Response, atob } = window;
  const makeBytes = Uint8Array.from.bind(Uint8Array);
  const { apply, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { resolve } = Promise;
  const { test } = RegExp.prototype;
  const blanks = [
    {
      name: /\.(?:__PICTURES__)$/i,
      type: "image/png",
      // 1200 × 800 transparent pixels.
      base64:
        "iVBORw0KGgoAAAANSUhEUgAABLAAAAMgAQMAAAAJLglBAAAAA1BMVEX///+nxBvIAAAAAXRSTlMAQObYZgAAAIxJREFUeNrtwTEBAAAAwqD1T20Hb6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+A9fvAAEacYGfAAAAAElFTkSuQmCC",
    },
    {
      name: /\.(?:__FONTS__)$/i,
      type: "font/woff2",
      // Has a space, and no other character.
      base64:
        "d09GMgABAAAAAAD0AAoAAAAAAkAAAACsAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmAANAoYNAE2AiQDBgsGAAQgBTwHIBujAfgvCmNjZtyTSsTiRUy7i3P9t3j++4N17nsvCLLGv1DaTMQhZBRQEC2s0O7yX64hB4R4JsKDVIV85X84jgdcq/LjQ3yIlSEmwAYclkTjjTo7HAwZ4BqDZfWCXt4AgAUKjbMWnI2FMYL10SwLgAKDoDGAAaHTJxsQhO/n3+/2r/6BrxccyCMbrUDo9Yls3EMAAMkGQWkBBQCAcREQQUCJaJmjKHWUzW03MQAAAA==",
    },
    {
      name: /\.(?:__MEDIA__)$/i,
      type: "audio/wav",
      // Eight samples of silence.
      base64: "UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAgICAgICAgA==",
    },
  ];

  // The absolute URL of a file that is blocked by its name, and what takes its place. Undefined for others.
  const blocked = (given) => {
    const url = URL.parse(given, document.baseURI);
    if (!url || !apply(test, /^https?:$/, [url.protocol])) return undefined;
    for (const { name, ...blank } of blanks) {
      if (!apply(test, name, [url.pathname])) continue;
      url.hash = "";
      return { url: url.href, ...blank };
    }
    return undefined;
  };
  const isMethodSafe = (method) => apply(test, /^(?:get|head)$/i, [method ?? "GET"]);

  window.fetch = new Proxy(fetch, {
    apply(target, self, given) {
      const [input, init] = given;
      const request = input instanceof Request ? input : undefined;
      const blank = isMethodSafe(init?.method ?? request?.method)
        ? blocked(request?.url ?? input)
        : undefined;
      if (blank === undefined) return apply(target, self, given);
      const bytes = makeBytes(atob(blank.base64), (character) => character.charCodeAt(0));
      const response = new Response(bytes, { headers: { "content-type": blank.type } });
      defineProperty(response, "url", { value: blank.url });
      return apply(resolve, Promise, [response]);
    },
  });

  const asked = new WeakMap();
  const { prototype } = XMLHttpRequest;
  prototype.open = new Proxy(prototype.open, {
    apply(target, self, given) {
      const [method, address, ...rest] = given;
      const blank = isMethodSafe(method) ? blocked(address) : undefined;
      if (blank === undefined) {
        asked.delete(self);
        return apply(target, self, given);
      }
      asked.set(self, blank.url);
      return apply(target, self, ["GET", `data:${blank.type};base64,${blank.base64}`, ...rest]);
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
