/** Markup that is easily lost or garbled in Markdown and text, one page per kind. */
import { type Frame, framedPage } from "../layout.ts";
import type { Page } from "../page.ts";

export const specimens: Frame = {
  kind: "structure",
  name: "Specimen garden",
  tagline: "One page for every kind of markup",
  accent: "#3d6b2f",
  nav: [
    ["/structure/nested-lists", "Lists"],
    ["/structure/tables", "Tables"],
    ["/structure/code", "Code"],
    ["/structure/images", "Images"],
    ["/structure/inline", "Inline"],
  ],
};

const nestedLists = framedPage(specimens, {
  path: "/structure/nested-lists",
  heading: "Nested lists",
  main: `
    <h1>Nested lists</h1>
    <ol start="3">
      <li>Third, for the list starts at three</li>
      <li><p>Fourth, in a paragraph</p>
        <ul>
          <li>Bullet in an ordered list
            <ol type="a"><li>Three levels down</li><li>And its neighbour
              <ul><li>Four levels down</li></ul></li></ol>
          </li>
          <li>Bullet after it</li>
        </ul>
        <p>A paragraph that still belongs to the fourth.</p>
      </li>
      <li>Fifth, with code:<pre><code>make list</code></pre></li>
    </ol>
    <ul>
      <li><input type="checkbox" checked disabled> Done</li>
      <li><input type="checkbox" disabled> Not done</li>
    </ul>
    <menu><li>Of a menu</li></menu>`,
  expect: { text: ["Four levels down", "A paragraph that still belongs to the fourth."] },
});

const tables = framedPage(specimens, {
  path: "/structure/tables",
  heading: "Tables",
  main: `
    <h1>Tables</h1>
    <table>
      <caption>Ferries by season</caption>
      <thead>
        <tr><th rowspan="2" scope="col">Line</th><th colspan="2" scope="colgroup">Summer</th><th rowspan="2" scope="col">Winter</th></tr>
        <tr><th scope="col">Weekdays</th><th scope="col">Sundays</th></tr>
      </thead>
      <tbody>
        <tr><th scope="row">North</th><td>24</td><td>18</td><td>12</td></tr>
        <tr><th scope="row">South | express</th><td colspan="2">30 on all days</td><td></td></tr>
        <tr><th scope="row">Island</th><td>4<br>6 in August</td><td><a href="/structure/tables#island">see below</a></td><td><code>a|b</code></td></tr>
      </tbody>
      <tfoot><tr><td colspan="4">All times are those of the north bank.</td></tr></tfoot>
    </table>
    <h2>Without a head</h2>
    <table><tr><td>left</td><td>right</td></tr><tr><td>below left</td><td>below right</td></tr></table>
    <h2>Nested</h2>
    <table><tr><td>outside</td><td><table><tr><td>inside one</td><td>inside two</td></tr></table></td></tr></table>
    <h2>For layout only</h2>
    <table role="presentation"><tr><td><p>This table has one cell and means nothing by it.</p></td></tr></table>`,
  expect: { text: ["Ferries by season", "30 on all days", "6 in August", "inside two"] },
});

const code = framedPage(specimens, {
  path: "/structure/code",
  heading: "Code",
  main: `
    <h1>Code</h1>
    <p>Inline <code>x = a[0] * 2</code>, with a backtick <code>\`ls\`</code>, and <samp>output</samp>.</p>
    <pre><code class="language-typescript">export function twice(n: number): number {
  // Indented, with &lt;angle brackets&gt; &amp; an ampersand
  return n * 2;
}</code></pre>
    <pre class="language-rust"><code>fn main() {
    println!("class on the outer element");
}</code></pre>
    <div class="highlight highlight-source-shell"><pre>echo "language on a wrapper"</pre></div>
    <pre><code class="hljs css"><span class="hljs-selector">a</span> { <span class="hljs-attribute">color</span>: <span class="hljs-keyword">red</span>; }</code></pre>
    <pre>
no code element,
    four spaces
	and a tab
</pre>
    <pre><code>\`\`\`
a fence inside
\`\`\`</code></pre>`,
  expect: {
    text: [
      "// Indented, with <angle brackets> & an ampersand",
      'echo "language on a wrapper"',
      "    four spaces",
    ],
  },
});

const quotes = framedPage(specimens, {
  path: "/structure/quotes",
  heading: "Quotes",
  main: `
    <h1>Quotes</h1>
    <blockquote cite="/news/tide-gauge">
      <p>The outer voice speaks first.</p>
      <blockquote><p>The inner voice answers.</p><ul><li>With a list</li></ul></blockquote>
      <p>The outer voice again.</p>
      <footer>From <cite>A Book of Voices</cite></footer>
    </blockquote>
    <p>Somebody said <q>it was quoted inline</q> and left.</p>
    <hr>
    <p>After the rule.</p>`,
  expect: { text: ["The inner voice answers.", "it was quoted inline", "After the rule."] },
});

const definitions = framedPage(specimens, {
  path: "/structure/definitions",
  heading: "Definitions and details",
  main: `
    <h1>Definitions and details</h1>
    <dl>
      <dt>Ebb</dt><dd>The tide going out.</dd>
      <dt>Flood</dt><dt>Flow</dt><dd>The tide coming in.</dd><dd><p>Also too much of it.</p></dd>
      <div><dt>Slack</dt><dd>Neither of the two.</dd></div>
    </dl>
    <details open><summary>Open details</summary><p>What open details say.</p></details>
    <details><summary>Closed details</summary><p>What closed details say.</p><pre><code>even code</code></pre></details>
    <p>An <abbr title="estimated time of arrival">ETA</abbr> is a <dfn>guess</dfn>.</p>`,
  expect: { text: ["The tide coming in.", "What open details say.", "Closed details"] },
});

const images = framedPage(specimens, {
  path: "/structure/images",
  heading: "Images",
  main: `
    <h1>Images</h1>
    <p><img src="../assets/img/relative.png" alt="By a relative address" width="64" height="48"></p>
    <p><img src="/assets/img/rooted.png" alt='With "quotes" [and brackets]' title="A title" width="64" height="48"></p>
    <p><a href="/structure/tables"><img src="/assets/img/linked.png" alt="An image that is a link" width="64" height="48"></a></p>
    <figure>
      <picture>
        <source srcset="/assets/img/wide.png 2x" media="(min-width: 900px)">
        <img src="/assets/img/narrow.png" srcset="/assets/img/narrow.png 1x, /assets/img/dense.png 2x" alt="One of several" width="64" height="48">
      </picture>
      <figcaption>A caption under a picture</figcaption>
    </figure>
    <p><img src="/assets/img/ornament.png" alt="" width="64" height="48"> An ornament has no words.</p>
    <p><img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" data-src="/assets/img/lazy.png" alt="Loaded later by a script"></p>
    <p><img src="/assets/img/no-such-folder/gone.png" alt="Not there any more"></p>
    <p><img src="/assets/img/with%20space.png" width="64" height="48"> has no alternative at all.</p>
    <svg width="20" height="20" role="img"><title>A drawn circle</title><circle cx="10" cy="10" r="9"/></svg>`,
  expect: { text: ["A caption under a picture", "An ornament has no words."] },
});

const inline = framedPage(specimens, {
  path: "/structure/inline",
  heading: "Inline markup",
  main: `
    <h1>Inline <em>markup</em></h1>
    <h2>Second <a href="#x">level</a></h2><h3>Third level</h3><h4>Fourth level</h4><h5>Fifth level</h5><h6>Sixth level</h6>
    <p>First line<br>second line<br/>third line</p>
    <p><strong>Bold</strong>, <b>bold</b>, <em>stressed</em>, <i>slanted</i>, <strong><em>both</em></strong>, un<b>believ</b>able.</p>
    <p><del>Gone</del>, <s>struck</s>, <ins>added</ins>, <mark>marked</mark>, <u>under</u>, H<sub>2</sub>O, x<sup>2</sup>, <small>small</small>.</p>
    <p>Entities: &amp; &lt; &gt; &quot; &nbsp;|&nbsp; &copy; &euro; &hellip; &#8212; &#x1F600; &notanentity;</p>
    <p>Signs of Markdown: *not stressed* _nor this_ # no heading, [no](link), 1. no list, \`no code\`, &lt;no tag&gt;, a\\b, ~~no~~.</p>
    <p>+ no bullet</p>
    <p>1986. A great year, and no list.</p>
    <p>Soft&shy;hyphen, word<wbr>break, zero​width.</p>
    <p>Press <kbd>Ctrl</kbd>+<kbd>C</kbd>; <var>n</var> is <time datetime="2026-01-31">the last of January</time>.</p>
    <p>   Spaces    and
      lines	collapse   here.   </p>
    <p style="white-space: pre-wrap">But   not   here.</p>
    <p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> has a gloss.</p>`,
  expect: {
    text: ["the last of January", "Signs of Markdown: *not stressed* _nor this_ # no heading", "Sixth level"],
  },
});

const forms = framedPage(specimens, {
  path: "/structure/forms",
  heading: "Forms",
  main: `
    <h1>Order a sample</h1>
    <form action="/structure/forms" method="get">
      <fieldset><legend>Who you are</legend>
        <label for="name">Name</label> <input id="name" name="name" value="filled in" placeholder="placeholder words">
        <label>Country <select name="country"><option>Norway</option><option selected>Portugal</option></select></label>
      </fieldset>
      <label>Remarks <textarea name="remarks">Typed before</textarea></label>
      <input type="hidden" name="token" value="hidden-token-value">
      <button type="submit">Send the order</button>
      <output>Nothing sent so far</output> <progress value="3" max="10">30 percent</progress>
    </form>`,
  expect: { text: ["Who you are", "Send the order"], notText: ["hidden-token-value", "30 percent"] },
});

const foreign = framedPage(specimens, {
  path: "/structure/math-and-drawings",
  heading: "Formulas and drawings",
  main: `
    <h1>Formulas and drawings</h1>
    <p>The area is <math><mi>π</mi><msup><mi>r</mi><mn>2</mn></msup></math>, as everybody knows.</p>
    <svg viewBox="0 0 200 60" width="200" height="60" role="img" aria-label="Two labelled boxes">
      <style>text { font: 12px sans-serif }</style>
      <rect x="5" y="5" width="90" height="50" fill="none" stroke="currentColor"/><text x="15" y="35">Box of tea</text>
      <rect x="105" y="5" width="90" height="50" fill="none" stroke="currentColor"/><text x="115" y="35">Box of salt</text>
    </svg>
    <canvas width="100" height="40">Words for browsers without a canvas</canvas>
    <video src="/assets/none.mp4" controls>Words for browsers without video</video>
    <object data="/assets/img/object.png" type="image/png" width="64" height="48"></object>`,
  expect: { text: ["as everybody knows."], notText: ["Words for browsers without a canvas"] },
});

export const structurePages: Page[] = [
  nestedLists,
  tables,
  code,
  quotes,
  definitions,
  images,
  inline,
  forms,
  foreign,
];
