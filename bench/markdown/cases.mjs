/**
 * The behaviors that a converter must get right, one per case. It converts `html` to Markdown, which a CommonMark and GFM
 * parser converts back to HTML. The result must have the same meaning as `says`, or as one of its elements if it is an
 * array. So a converter is free in its style (`*` or `-`, `_` or `*`).
 *
 * The cases are about conversion only, not about hidden elements, cookie banners and the like.
 */
export const pageUrl = "https://example.com/docs/guide.html";

const table = (head, ...rows) => {
  const cells = (tag, row) => `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  const body = rows.length ? `<tbody>${rows.map((row) => cells("td", row)).join("")}</tbody>` : "";
  return `<table><thead>${cells("th", head)}</thead>${body}</table>`;
};

export const cases = [
  { name: "headings", html: "<h1>A</h1><h2>B</h2><h6>C</h6>", says: "<h1>A</h1><h2>B</h2><h6>C</h6>" },
  { name: "heading of two lines", html: "<h2>A<br>B</h2>", says: ["<h2>A B</h2>", "<h2>A<br>B</h2>"] },
  { name: "paragraphs", html: "<p>A</p>\n\n\n<p>B</p>", says: "<p>A</p><p>B</p>" },
  { name: "line break", html: "<p>A<br>B</p>", says: "<p>A<br>B</p>" },
  {
    name: "spaces collapse",
    html: "<p>  A \n\t B  <b> C </b>D</p>",
    says: "<p>A B <strong>C</strong> D</p>",
  },
  { name: "space beside emphasis", html: "<p>A<em> B </em>C</p>", says: "<p>A <em>B</em> C</p>" },
  {
    name: "emphasis within a word",
    html: "<p>un<em>believ</em>able</p>",
    says: "<p>un<em>believ</em>able</p>",
  },
  {
    name: "emphasis ends in a full stop",
    html: "<p><b>Note.</b>Text</p>",
    says: "<p><strong>Note.</strong>Text</p>",
  },
  {
    name: "emphasis in Chinese",
    html: "<p>这是<b>“重点”</b>内容</p>",
    says: "<p>这是<strong>“重点”</strong>内容</p>",
  },
  {
    name: "emphasis in emphasis",
    html: "<p><b>A <i>B</i></b></p>",
    says: "<p><strong>A <em>B</em></strong></p>",
  },
  {
    name: "deleted text",
    html: "<p><del>9</del> <s>8</s> 7</p>",
    says: "<p><del>9</del> <del>8</del> 7</p>",
  },
  { name: "rule", html: "<p>A</p><hr><p>B</p>", says: "<p>A</p><hr><p>B</p>" },
  { name: "list", html: "<ul><li>A</li><li>B</li></ul>", says: "<ul><li>A</li><li>B</li></ul>" },
  {
    name: "nested lists",
    html: "<ul><li>A<ol><li>B<ul><li>C</li></ul></li><li>D</li></ol></li><li>E</li></ul>",
    says: "<ul><li>A<ol><li>B<ul><li>C</li></ul></li><li>D</li></ol></li><li>E</li></ul>",
  },
  {
    name: "list inside a list, no item between",
    html: "<ul><li>A</li><ul><li>B</li></ul><li>C</li></ul>",
    says: [
      "<ul><li>A<ul><li>B</li></ul></li><li>C</li></ul>",
      "<ul><li>A</li><li><ul><li>B</li></ul></li><li>C</li></ul>",
    ],
  },
  {
    name: "ordered list that starts at 5",
    html: '<ol start="5"><li>A</li><li>B</li></ol>',
    says: '<ol start="5"><li>A</li><li>B</li></ol>',
  },
  {
    name: "ordered list of twelve",
    html: `<ol>${"<li>A</li>".repeat(9)}<li>B<ul><li>C</li></ul></li><li>D</li></ol>`,
    says: `<ol>${"<li>A</li>".repeat(9)}<li>B<ul><li>C</li></ul></li><li>D</li></ol>`,
  },
  {
    name: "item with two paragraphs",
    html: "<ul><li><p>A</p><p>B</p></li><li>C</li></ul>",
    says: [
      "<ul><li><p>A</p><p>B</p></li><li><p>C</p></li></ul>",
      "<ul><li><p>A</p><p>B</p></li><li>C</li></ul>",
    ],
  },
  {
    name: "item with a code block",
    html: "<ol><li>A<pre><code>x\n  y</code></pre></li></ol>",
    says: [
      "<ol><li>A<pre><code>x\n  y\n</code></pre></li></ol>",
      "<ol><li><p>A</p><pre><code>x\n  y\n</code></pre></li></ol>",
    ],
  },
  {
    name: "two lists side by side",
    html: "<ul><li>A</li></ul><ul><li>B</li></ul>",
    says: "<ul><li>A</li></ul><ul><li>B</li></ul>",
  },
  {
    name: "task list",
    html: '<ul><li><input type="checkbox" checked> A</li><li><input type="checkbox"> B</li></ul>',
    says: '<ul><li><input type="checkbox" checked> A</li><li><input type="checkbox"> B</li></ul>',
  },
  { name: "code in a line", html: "<p>Call <code>f(x)</code>.</p>", says: "<p>Call <code>f(x)</code>.</p>" },
  {
    name: "code with backticks",
    html: "<p><code>a `b` ``c``</code></p>",
    says: "<p><code>a `b` ``c``</code></p>",
  },
  {
    name: "code with special characters",
    html: "<p><code>a_b*c&lt;d|e</code></p>",
    says: "<p><code>a_b*c&lt;d|e</code></p>",
  },
  {
    name: "code block with language",
    html: '<pre><code class="language-js">let a = 1;\n\n\n  b();\n</code></pre>',
    says: '<pre><code class="language-js">let a = 1;\n\n\n  b();\n</code></pre>',
  },
  {
    name: "code block with fences inside",
    html: "<pre><code>```js\nx\n```</code></pre>",
    says: "<pre><code>```js\nx\n```\n</code></pre>",
  },
  { name: "pre without code", html: "<pre>a\n  b</pre>", says: "<pre><code>a\n  b\n</code></pre>" },
  {
    name: "code block of highlighted spans",
    html: '<pre><code class="language-py"><span class="k">def</span> <span>f</span>():\n  <span>pass</span></code></pre>',
    says: '<pre><code class="language-py">def f():\n  pass\n</code></pre>',
  },
  {
    name: "quote",
    html: "<blockquote><p>A</p><p>B</p></blockquote>",
    says: "<blockquote><p>A</p><p>B</p></blockquote>",
  },
  {
    name: "quote in a quote, with a list",
    html: "<blockquote>A<blockquote><ul><li>B</li></ul></blockquote></blockquote>",
    says: "<blockquote><p>A</p><blockquote><ul><li>B</li></ul></blockquote></blockquote>",
  },
  {
    name: "link",
    html: '<p><a href="https://x.example/a">A</a></p>',
    says: '<p><a href="https://x.example/a">A</a></p>',
  },
  {
    name: "link with a title and brackets",
    html: '<p><a href="https://x.example/a_(b)" title="T &quot;q&quot;">A [1]</a></p>',
    says: '<p><a href="https://x.example/a_(b)">A [1]</a></p>',
  },
  {
    name: "link with a space",
    html: '<p><a href="https://x.example/a b">A</a></p>',
    says: '<p><a href="https://x.example/a%20b">A</a></p>',
  },
  {
    name: "link around blocks",
    html: '<a href="https://x.example/"><h3>A</h3><p>B</p></a>',
    says: [
      '<h3><a href="https://x.example/">A</a></h3><p><a href="https://x.example/">B</a></p>',
      '<h3><a href="https://x.example/">A</a></h3><p>B</p>',
    ],
  },
  {
    name: "image",
    html: '<p><img src="https://x.example/a.png" alt="A [b]"></p>',
    says: '<p><img src="https://x.example/a.png" alt="A [b]"></p>',
  },
  {
    name: "linked image",
    html: '<p><a href="https://x.example/"><img src="https://x.example/a.png" alt="A"></a></p>',
    says: '<p><a href="https://x.example/"><img src="https://x.example/a.png" alt="A"></a></p>',
  },
  {
    name: "figure",
    html: '<figure><img src="https://x.example/a.png" alt="A"><figcaption>B</figcaption></figure>',
    says: '<p><img src="https://x.example/a.png" alt="A"></p><p>B</p>',
  },
  {
    name: "table",
    html: "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
    says: table(["A", "B"], ["1", "2"]),
  },
  {
    name: "table without a header",
    html: "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>",
    says: [table(["1", "2"], ["3", "4"]), table(["", ""], ["1", "2"], ["3", "4"])],
  },
  {
    name: "table with pipes",
    html: "<table><tr><th>A</th></tr><tr><td>a|b <code>c|d</code></td></tr></table>",
    says: table(["A"], ["a|b <code>c|d</code>"]),
  },
  {
    name: "table with colspan",
    html: '<table><tr><th>A</th><th>B</th></tr><tr><td colspan="2">1</td></tr><tr><td>2</td><td>3</td></tr></table>',
    says: table(["A", "B"], ["1", ""], ["2", "3"]),
  },
  {
    name: "table with rowspan",
    html: '<table><tr><th>A</th><th>B</th></tr><tr><td rowspan="2">1</td><td>2</td></tr><tr><td>3</td></tr></table>',
    says: table(["A", "B"], ["1", "2"], ["", "3"]),
  },
  {
    name: "table with blocks in a cell",
    html: "<table><tr><th>A</th><th>B</th></tr><tr><td><p>1</p><p>2</p></td><td><ul><li>3</li><li>4</li></ul></td></tr></table>",
    says: [
      table(["A", "B"], ["1 2", "3 4"]),
      table(["A", "B"], ["1<br>2", "3<br>4"]),
      table(["A", "B"], ["1<br>2", "<ul><li>3</li><li>4</li></ul>"]),
    ],
  },
  {
    name: "table with a caption",
    html: "<table><caption>T</caption><tr><th>A</th></tr><tr><td>1</td></tr></table>",
    says: [
      `<p>T</p>${table(["A"], ["1"])}`,
      `${table(["A"], ["1"])}<p>T</p>`,
      `<p><strong>T</strong></p>${table(["A"], ["1"])}`,
    ],
  },
  {
    name: "definition list",
    html: "<dl><dt>A</dt><dd>B</dd><dt>C</dt><dd>D</dd></dl>",
    says: [
      "<ul><li>A<ul><li>B</li></ul></li><li>C<ul><li>D</li></ul></li></ul>",
      "<p><strong>A</strong></p><p>B</p><p><strong>C</strong></p><p>D</p>",
      "<p>A</p><p>: B</p><p>C</p><p>: D</p>",
      "<ul><li><strong>A</strong>: B</li><li><strong>C</strong>: D</li></ul>",
    ],
  },
  {
    name: "details",
    html: "<details><summary>A</summary><p>B</p></details>",
    says: [
      "<p>A</p><p>B</p>",
      "<p><strong>A</strong></p><p>B</p>",
      "<details><summary>A</summary><p>B</p></details>",
    ],
  },
  {
    name: "entities",
    html: "<p>&lt;b&gt; &amp;amp; &copy; &#x1F600; A&nbsp;B</p>",
    says: "<p>&lt;b&gt; &amp;amp; © 😀 A B</p>",
  },
  {
    name: "text that looks like emphasis",
    html: "<p>2 * 3 * 4, *a*, _b_, snake_case_name</p>",
    says: "<p>2 * 3 * 4, *a*, _b_, snake_case_name</p>",
  },
  {
    name: "text that looks like a list",
    html: "<p>1. A</p><p>- B</p><p>+ C</p>",
    says: "<p>1. A</p><p>- B</p><p>+ C</p>",
  },
  {
    name: "text that looks like a heading",
    html: "<p># A</p><p>A<br>===</p>",
    says: "<p># A</p><p>A<br>===</p>",
  },
  {
    name: "text that looks like a link",
    html: "<p>[a](b) ![c](d) [e]: f</p>",
    says: "<p>[a](b) ![c](d) [e]: f</p>",
  },
  {
    name: "text that looks like code",
    html: "<p>`a` and ~~b~~ and \\c</p>",
    says: "<p>`a` and ~~b~~ and \\c</p>",
  },
  { name: "text that looks like a quote", html: "<p>&gt; A</p>", says: "<p>&gt; A</p>" },
  {
    name: "text that looks like a table",
    html: "<p>a | b<br>- | -<br>c | d</p>",
    says: "<p>a | b<br>- | -<br>c | d</p>",
  },
  {
    name: "Arabic",
    html: '<div dir="rtl"><h2>مرحبا</h2><ol><li>واحد</li></ol></div>',
    says: "<h2>مرحبا</h2><ol><li>واحد</li></ol>",
  },
  {
    name: "empty markup",
    html: '<p></p><div><b></b></div><ul><li></li></ul><p>A</p><h2></h2><a href="/x"></a>',
    says: "<p>A</p>",
  },
  { name: "no markup", html: "A & B", says: "<p>A &amp; B</p>" },
  { name: "divs as paragraphs", html: "<div>A</div><div>B <span>C</span></div>", says: "<p>A</p><p>B C</p>" },
];
