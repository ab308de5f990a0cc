import { test } from "uvu";
import * as assert from "uvu/assert";
import { inlineToHtml, markdownToHtml, markdownToText } from "../../lib/teach/markdown.ts";

const bare = (html: string) => html.replace(/<\/?span[^>]*>/g, "").replaceAll("\u2009", " ");

const formulas: [tex: string, html: string, text: string][] = [
  ["\\mu^2", "<i>μ</i><sup>2</sup>", "μ²"],
  ["\\hat m_t/(1-\\mu)", "<i>m̂</i><sub><i>t</i></sub>/(1 − <i>μ</i>)", "m̂ₜ/(1 − μ)"],
  ["v \\leftarrow \\mu v + g", "<i>v</i> ← <i>μ</i><i>v</i> + <i>g</i>", "v ← μv + g"],
  ["\\frac{g}{1-\\mu}", "<i>g</i>/(1 − <i>μ</i>)", "g/(1 − μ)"],
  ["\\frac{a+b}{c}d", "((<i>a</i> + <i>b</i>)/<i>c</i>)<i>d</i>", "((a + b)/c)d"],
  ["\\frac{2(1+\\mu)}{L}", "2(1 + <i>μ</i>)/<i>L</i>", "2(1 + μ)/L"],
  ["\\tfrac12 x^2", "½<i>x</i><sup>2</sup>", "½x²"],
  ["\\frac{a}{b}^2", "(<i>a</i>/<i>b</i>)<sup>2</sup>", "(a/b)²"],
  [
    "\\left(\\frac{\\sqrt\\kappa-1}{\\sqrt\\kappa+1}\\right)^2",
    "((√<i>κ</i> − 1)/(√<i>κ</i> + 1))<sup>2</sup>",
    "((√κ − 1)/(√κ + 1))²",
  ],
  ["\\sqrt{x+1}", "√(<i>x</i> + 1)", "√(x + 1)"],
  ["x = -1", "<i>x</i> = −1", "x = −1"],
  ["10^{-6}", "10<sup>−6</sup>", "10⁻⁶"],
  ["|x| < 1", "|<i>x</i>| &#x3C; 1", "|x| < 1"],
  ["\\lVert\\theta\\rVert_2", "‖<i>θ</i>‖<sub>2</sub>", "‖θ‖₂"],
  ["\\log x + \\max(a,b)", "log <i>x</i> + max(<i>a</i>, <i>b</i>)", "log x + max(a, b)"],
  ["\\theta_{t+1}", "<i>θ</i><sub><i>t</i>+1</sub>", "θₜ₊₁"],
  ["\\beta_1^t", "<i>β</i><sub>1</sub><sup><i>t</i></sup>", "β₁ᵗ"],
  ["x_{\\text{new}}", "<i>x</i><sub>new</sub>", "x_(new)"],
  ["\\texttt{lr}\\cdot g", "<code>lr</code> · <i>g</i>", "`lr` · g"],
];

for (const [tex, html, text] of formulas) {
  test(`maths without fonts or MathML: ${tex}`, () => {
    assert.is(bare(inlineToHtml(`$${tex}$`)), html);
    assert.is(markdownToText(`$${tex}$`).replaceAll("\u2009", " "), text);
  });
}

test("Markdown around maths, with everything escaped", () => {
  assert.is(
    bare(markdownToHtml("A **bold** `a<b` & $a<b$")),
    "<p>A <strong>bold</strong> <code>a&#x3C;b</code> &#x26; <i>a</i> &#x3C; <i>b</i></p>",
  );
});

test("one paragraph goes inline, two stay paragraphs", () => {
  assert.is(inlineToHtml("one"), "one");
  assert.is(inlineToHtml("one\n\ntwo"), "<p>one</p>\n<p>two</p>");
});

for (const source of ["$$x$$", "$$\nx\n$$"]) {
  test(`a formula on its own line stands alone: ${JSON.stringify(source)}`, () => {
    assert.match(markdownToHtml(source), /display:block[^>]*><i>x<\/i>/);
    assert.not.match(markdownToHtml("$x$"), /display:block/);
  });
}

const refused: [source: string, message: RegExp][] = [
  ["<b>bold</b>", /raw HTML in Markdown: <b>/],
  ["$\\frac{1}$", /KaTeX parse error/],
  ["$\\begin{pmatrix}a&b\\end{pmatrix}$", /cannot write on one line: \$\\begin\{pmatrix\}.*mtable/],
];

for (const [source, message] of refused) {
  test(`refused: ${source}`, () => assert.throws(() => markdownToHtml(source), message));
}

test.run();
