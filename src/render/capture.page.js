// Answers what is kept of the page. Runs in a world of its own, so that nothing the page did to its globals matters.
((wantsLinks) => {
  const doctype = document.doctype ? new XMLSerializer().serializeToString(document.doctype) : "";
  const root = document.documentElement;
  const anchors = wantsLinks
    ? Array.from(document.querySelectorAll("a[href], area[href]"), (anchor) => ({
        href: anchor.getAttribute("href") ?? "",
        text: (anchor.textContent || anchor.getAttribute("aria-label") || anchor.getAttribute("alt") || "")
          .replace(/\s+/g, " ")
          .trim()
          .slice(0, 200),
      }))
    : null;
  return {
    html: doctype + (root ? root.outerHTML : ""),
    title: document.title.slice(0, 500),
    url: document.location.href,
    baseUrl: document.baseURI,
    anchors,
  };
})(__WANTS_LINKS__);
