/** Ordering by relevance: Okapi BM25 (Robertson and Zaragoza, 2009), over texts of a few words. */

/** How soon repetitions of a word count no more, and how much long texts are held back: the usual values. */
const k1 = 1.2;
const b = 0.75;

/** The documents that fit the query best first; those that do not fit at all keep their order, after the others. */
export function byRelevance<Document>(
  documents: readonly Document[],
  query: string,
  textOf: (document: Document) => string,
): Document[] {
  const wanted = new Set(wordsOf(query));
  const lengths: number[] = [];
  /** For each wanted word, how often each document that has it has it. */
  const occurrences = new Map<string, Map<number, number>>(Array.from(wanted, (word) => [word, new Map()]));
  for (const [index, document] of documents.entries()) {
    const words = wordsOf(textOf(document));
    lengths.push(words.length);
    for (const word of words) {
      const of = occurrences.get(word);
      if (of) of.set(index, (of.get(index) ?? 0) + 1);
    }
  }
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / documents.length || 1;
  const scores = new Float64Array(documents.length);
  for (const of of occurrences.values()) {
    const rarity = Math.log(1 + (documents.length - of.size + 0.5) / (of.size + 0.5));
    for (const [index, times] of of) {
      const length = (lengths[index] ?? 0) / meanLength;
      scores[index] =
        (scores[index] ?? 0) + (rarity * times * (k1 + 1)) / (times + k1 * (1 - b + b * length));
    }
  }
  const order = documents
    .map((_, index) => index)
    .sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
  return order.map((index) => documents[index] as Document);
}

/** Words in lower case, without accents and an English plural's s. Scripts that put no space between words: characters. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
  const words = plain.match(
    /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])[\p{L}\p{N}])+/gu,
  );
  return (words ?? []).map((word) => (word.length > 3 ? word.replace(/(?<=[^s])s$/, "") : word));
}
