/**
 * Returns a function that tells what a reader sees of the page: whether it is nearly empty, and whether something says
 * that more is to come. It stops reading where the page has clearly more than that.
 */
function readerOf(native) {
  const { document, getComputedStyle } = window;
  const { createTreeWalker } = Document.prototype;
  /** A page with this much beside its navigation shows its content already. */
  const FULL_WORDS = 40;
  /** A page with less than this in all is nearly empty. */
  const FEW_WORDS = 6;
  /** Reading ends here in a page of countless small pieces. */
  const MAX_NODES = 3000;
  /** So much of one piece is read, in characters. */
  const MAX_TEXT = 1000;
  const notText = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "HEAD", "svg", "OPTION"]);
  const surroundings =
    "nav, header, footer, aside, [role=navigation], [role=banner], [role=contentinfo], [role=complementary]";
  // Languages without spaces have about two characters in a word.
  const word = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]{1,2}|[\p{L}\p{N}]+/gu;
  const announcement =
    /^\W*(?:(?:\p{L}+ )?(?:is |are )?(?:now )?(?:loading|initiali[sz]ing|connecting|fetching|preparing|starting|running|redirecting|rendering)|please (?:wait|stand by)|one moment|just a (?:moment|second|sec)|hang on|checking your browser|you (?:are|will be) (?:being )?redirected|lädt|lade|laden|wird geladen|(?:einen moment|bitte warten)|chargement|veuillez patienter|cargando|espere|carregando|aguarde|caricamento|attendere|laster|læser|laddar|ladataan|ładowanie|wczytywanie|načítání|betöltés|yükleniyor|memuat|đang tải|загрузка|подождите|завантаження|加载中|正在加载|载入中|載入中|讀取中|请稍候|請稍候|読み込み中|ロード中|로딩|불러오는)(?!\p{L})(?: \S+){0,6}[\s.…]*$/iu;
  const skeletons = `[class*="skeleton" i], [class*="shimmer" i], [data-testid*="skeleton" i]`;

  const isShown = (element) => {
    const { visibility } = native.apply(getComputedStyle, window, [element]);
    return visibility === "visible" && element.checkVisibility();
  };
  /** Roughly how many words a picture, a film or a form field is worth. */
  const worth = (element, tag) => {
    if (tag === "INPUT" || tag === "SELECT" || tag === "TEXTAREA")
      return element.type !== "hidden" && isShown(element) ? 3 : 0;
    if (tag !== "IMG" && tag !== "VIDEO" && tag !== "AUDIO") return 0;
    const { width, height } = element.getBoundingClientRect();
    if (width * height < 100 && tag === "IMG") return 0;
    return isShown(element) ? (width * height < 60_000 && tag === "IMG" ? 2 : FEW_WORDS) : 0;
  };

  const read = (root, seen) => {
    const walker = native.apply(createTreeWalker, document, [
      root,
      NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
      (node) => (notText.has(node.nodeName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
    ]);
    while (seen.mainWords < FULL_WORDS && seen.nodes < MAX_NODES) {
      const node = walker.nextNode();
      if (!node) return;
      seen.nodes += 1;
      const tag = node.nodeName;
      if (tag !== "#text") {
        seen.words += worth(node, tag);
        if (node.shadowRoot instanceof ShadowRoot) read(node.shadowRoot, seen);
        if (tag === "IFRAME" && node.contentDocument?.body) read(node.contentDocument.body, seen);
        continue;
      }
      const text = node.data.slice(0, MAX_TEXT).trim();
      if (text === "") continue;
      const parent = node.parentElement ?? root.host;
      if (!parent || !isShown(parent)) continue;
      if (text.length < 80 && announcement.test(text)) {
        seen.isAnnounced = true;
        continue;
      }
      // Links like "Skip to content" are for readers who cannot see the page.
      if (parent.closest("a[href^='#']")) continue;
      const words = text.match(word)?.length ?? 0;
      seen.words += words;
      if (!parent.closest(surroundings)) seen.mainWords += words;
      if (parent.closest("h1, h2, h3, h4, h5, h6")) seen.hasHeading = true;
      else if (parent.closest("p, li, dd, td")) seen.hasParagraph = true;
    }
  };

  const isPlaceholder = (element) => element.textContent.trim().length < 80 && isShown(element);
  const hasPlaceholder = () => {
    for (const element of document.querySelectorAll(`[aria-busy="true"], ${skeletons}`))
      if (isPlaceholder(element)) return true;
    return false;
  };
  const hasLoadedScripts = () => document.querySelector("script[src], script[type=module i]") !== null;

  /**
   * isFull: the page shows its content. isAnnounced: something says that more is to come. isNearlyEmpty: there is only a
   * handful of words. isSuspicious: that is less than scripts were loaded for.
   */
  return () => {
    const seen = {
      words: 0,
      mainWords: 0,
      nodes: 0,
      isAnnounced: false,
      hasHeading: false,
      hasParagraph: false,
    };
    try {
      if (document.body) read(document.body, seen);
      const isFull = seen.mainWords >= FULL_WORDS || seen.nodes >= MAX_NODES;
      const isNearlyEmpty = !isFull && seen.words < FEW_WORDS;
      const isComplete = seen.words > 0 && (!hasLoadedScripts() || (seen.hasHeading && seen.hasParagraph));
      return {
        isFull,
        isAnnounced: (!isFull && seen.isAnnounced) || hasPlaceholder(),
        isNearlyEmpty,
        isSuspicious: isNearlyEmpty && !isComplete,
      };
    } catch {
      // The page has replaced something that this needs.
      return { isFull: true, isAnnounced: false, isNearlyEmpty: false, isSuspicious: false };
    }
  };
}
