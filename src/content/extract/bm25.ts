/** Orders short texts by relevance to a query, with Okapi BM25 (Robertson and Zaragoza, 2009). */

/** The usual values for term frequency saturation and length normalization. */
const k1 = 1.2;
const b = 0.75;

/** Sorts documents by relevance, best first. Those that do not match come last, in their original order. */
export function byRelevance<Document>(
  documents: readonly Document[],
  query: string,
  textOf: (document: Document) => string,
): Document[] {
  const wanted = new Set(wordsOf(query));
  const lengths: number[] = [];
  /** For each word of the query: how often it occurs in each document that has it. */
  const occurrences = new Map<string, Map<number, number>>(Array.from(wanted, (word) => [word, new Map()]));
  for (const [index, document] of documents.entries()) {
    const words = wordsOf(textOf(document));
    lengths.push(words.length);
    for (const word of words) {
      const counts = occurrences.get(word);
      if (counts) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
  }
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / documents.length || 1;
  const scores = new Float64Array(documents.length);
  for (const counts of occurrences.values()) {
    const rarity = Math.log(1 + (documents.length - counts.size + 0.5) / (counts.size + 0.5));
    for (const [index, times] of counts) {
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

/**
 * The words of a text in lower case, without accents or the s of an English plural. In scripts without spaces between
 * words, each character is a word.
 */
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
