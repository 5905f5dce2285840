/** Pages of any size with the mix of a documentation site: prose, lists, tables, code and navigation. */

const words =
  "render page batch queue worker browser content link table header value request answer time limit retry account key".split(
    " ",
  );

/** A small, fast generator with a seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes a page of at least `bytes` bytes and at most a few thousand more. */
export function pageOfSize(bytes, seed = 1) {
  const random = randomNumbers(seed);
  const text = (count) =>
    Array.from({ length: count }, () => words[Math.floor(random() * words.length)]).join(" ");
  const times = (count, make) => Array.from({ length: count }, (_, index) => make(index)).join("\n");

  const prose = () =>
    `<p class="text-base leading-7">${text(30)} <a href="/docs/${text(1)}">${text(3)}</a>, ${text(12)} <code>${text(1)}_${text(1)}()</code> ${text(20)} <strong>${text(2)}</strong>. ${text(10)}.</p>`;
  const list = () =>
    `<ul class="list">${times(5, () => `<li>${text(8)}<ol>${times(2, () => `<li>${text(5)}</li>`)}</ol></li>`)}</ul>`;
  const grid = () =>
    `<table class="data"><thead><tr>${times(4, () => `<th>${text(1)}</th>`)}</tr></thead><tbody>${times(8, () => `<tr>${times(4, () => `<td>${text(2)}</td>`)}</tr>`)}</tbody></table>`;
  const code = () =>
    `<pre><code class="language-js">${times(6, () => `const <span class="v">${text(1)}</span> = ${text(1)}(&quot;${text(2)}&quot;);`)}</code></pre>`;
  const card = () =>
    `<div class="card"><div class="card-body"><a href="/p/${text(1)}"><img src="/i/${text(1)}.png" alt="${text(3)}" width="80" height="80"></a><div><span class="price">$${Math.floor(random() * 100)}</span></div></div></div>`;
  const script = () => `<script>window.state = ${JSON.stringify({ a: text(40) })};</script>`;
  const kinds = [prose, prose, prose, list, grid, code, card, card, script];

  const parts = ["<!doctype html><html><head><title>Guide</title></head><body><main>"];
  let size = 0;
  for (let section = 1; size < bytes; section++) {
    const part = `<section id="s${section}"><h2>${text(4)}</h2>${times(4, () => kinds[Math.floor(random() * kinds.length)]())}</section>\n`;
    parts.push(part);
    size += part.length;
  }
  parts.push("</main></body></html>");
  return parts.join("");
}
