/** A chapter's source: what it becomes, and what it says when it is wrong. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SourceError } from "../../notebooks/errors.ts";
import { parseChapter } from "../../notebooks/source.ts";

const head = `---
id: 99-test
number: 99
part: 3
title: { zh: 试, en: Test }
strings:
  steps: { zh: 步数, en: steps }
---
`;
const pair = ":::zh{#a}\n你好\n:::\n\n:::en\nhello\n:::\n";
const fence = (info: string, ...lines: string[]) => ["```" + info, ...lines, "```", ""].join("\n");
const option = (text: string, ...more: string[]) =>
  [`  - text: ${text}`, "    why: { zh: 因为, en: because }", ...more].join("\n");
const question = "question: { zh: 几？, en: How many? }\noptions:";
const right = "    right: true";

const cells: [string, string, unknown][] = [
  ["a pair of languages", pair, [{ id: "a", text: { zh: "你好", en: "hello" } }]],
  [
    "formatting stays as it is written",
    ":::zh{#a}\n* 星号\n\n  1)  数\n\n| a |\n|---|\n| *b* |\n:::\n:::en\n__bold__   and [x]\n\n[x]: y\n:::\n",
    [
      {
        id: "a",
        text: {
          zh: "* 星号\n\n  1)  数\n\n| a |\n|---|\n| *b* |",
          en: "__bold__   and [x]\n\n[x]: y",
        },
      },
    ],
  ],
  [
    "colons in prose are prose",
    ":::zh{#a}\n3:1 与 a:b\n:::\n:::en\nlr:momentum :smile:\n:::\n",
    [{ id: "a", text: { zh: "3:1 与 a:b", en: "lr:momentum :smile:" } }],
  ],
  [
    "a cell with tags",
    fence("ts {#go raises-exception}", "const a = 1;", "", "throw a;"),
    [{ id: "go", code: "const a = 1;\n\nthrow a;", tags: ["raises-exception"] }],
  ],
  [
    "a note to authors is no cell",
    `<!-- ask -->\n\n${pair}`,
    [{ id: "a", text: { zh: "你好", en: "hello" } }],
  ],
  [
    "a quiz is no cell",
    fence("yaml {#q quiz}", question, option("{ zh: 一, en: one }"), option("2", right)),
    [],
  ],
];

for (const [name, source, expected] of cells) {
  test(name, () => {
    const chapter = parseChapter(head + source, "t.md");
    const found = chapter.cells.map(({ kind: _, line: __, ...cell }) => cell);
    assert.equal(found, expected);
  });
}

test("front matter", () => {
  const { id, number, part, title, strings } = parseChapter(head + pair, "t.md");
  assert.equal([id, number, part, title.zh, strings.steps?.en], ["99-test", 99, 3, "试", "steps"]);
});

test("a quiz with its values", () => {
  const body = [question, option("{ zh: 一, en: one }", "    value: 1"), option("2", right)];
  const { quizzes } = parseChapter(head + fence("yaml {#q quiz}", ...body), "t.md");
  const why = { zh: "因为", en: "because" };
  assert.equal(quizzes.q, {
    question: { zh: "几？", en: "How many?" },
    options: [
      { text: { zh: "一", en: "one" }, why, right: false, value: 1 },
      { text: { zh: "2", en: "2" }, why, right: true },
    ],
  });
});

test("an insert becomes TeX in both languages", () => {
  const source =
    ":::zh{#a}\n公式：\n\n::formula[SGD]{momentum=0.9}\n:::\n:::en\n::formula[SGD]{momentum=0.9}\n:::\n";
  const [cell] = parseChapter(head + source, "t.md").cells;
  assert.ok(cell?.kind === "prose");
  assert.match(cell.text.zh, /^公式：\n\n\$\$\n[^]+\n\$\$$/);
  assert.is(cell.text.zh.slice("公式：\n\n".length), cell.text.en);
});

const quiz = (...options: string[]) => fence("yaml {#q quiz}", question, ...options);

const mistakes: [string, string, number, RegExp][] = [
  ["no front matter", pair, 1, /no front matter: a chapter begins with ---/],
  ["broken front matter", "---\nid: [\n---\n", 2, /broken YAML/],
  [
    "unknown key",
    head.replace("part:", "prat: 1\npart:"),
    4,
    /unknown key: "prat".*Did you mean "part"/,
  ],
  [
    "number against id",
    head.replace("number: 99", "number: 6"),
    2,
    /must begin with the chapter's number/,
  ],
  ["string without English", head.replace(", en: steps", ""), 7, /strings\.steps has no "en"/],
  [
    "a comma that ends an unquoted text",
    head.replace("en: steps", "en: steps, no unit"),
    7,
    /unknown key: "no unit"/,
  ],
  ["missing language", `${head}:::zh{#a}\n你好\n:::\n`, 9, /missing language: en/],
  ["languages swapped", `${head}:::en\nhello\n:::\n`, 9, /:::en must follow its :::zh/],
  ["unknown block", `${head}:::fr\nsalut\n:::\n`, 9, /unexpected block: ":::fr"; write :::zh/],
  ["unclosed block", `${head}:::zh{#a}\n你好\n`, 9, /missing language|unclosed block/],
  [
    "unclosed last block",
    `${head}:::zh{#a}\n你好\n:::\n:::en\nhello\n`,
    12,
    /unclosed block: :::en/,
  ],
  ["text outside", `${head}hello\n`, 9, /text outside a language block/],
  [
    "no id on prose",
    `${head}:::zh\n你好\n:::\n:::en\nhello\n:::\n`,
    9,
    /no id: write :::zh\{#name\}/,
  ],
  ["no id on a cell", head + fence("ts", "1"), 9, /no id: write ts \{#name\}/],
  ["bad id", head + fence("ts {#A_b}", "1"), 9, /bad id: "A_b"/],
  [
    "duplicate id",
    head + pair + fence("ts {#a}", "1"),
    16,
    /duplicate id: "a", first used in line 9/,
  ],
  ["reserved id", head + fence("ts {#open}", "1"), 9, /duplicate id: "open"/],
  ["unknown fence", head + fence("js {#a}", "1"), 9, /unknown fence: "js \{#a\}"; known: ts/],
  ["unknown tag", head + fence("ts {#a skip}", "1"), 9, /unknown tag: "skip"/],
  [
    "no right option",
    head + quiz(option("1"), option("2")),
    12,
    /right options: 0; mark exactly one/,
  ],
  [
    "two right options",
    head + quiz(option("1", right), option("2", right)),
    12,
    /right options: 2/,
  ],
  ["one option", head + quiz(option("1", right)), 12, /options: 1; a quiz has two/],
  [
    "option without a reason",
    head + quiz("  - text: 1", option("2", right)),
    12,
    /\[1\]\.why.*no "zh"/,
  ],
  [
    "unknown quiz key",
    head + quiz(option("1", "    rihgt: true"), option("2", right)),
    14,
    /Did you mean "right"/,
  ],
  [
    "duplicate quiz",
    head + quiz(option("1"), option("2", right)).repeat(2),
    18,
    /duplicate quiz: "q"/,
  ],
  [
    "unknown insert",
    `${head}:::zh{#a}\n::formla[SGD]\n:::\n:::en\n::formla[SGD]\n:::\n`,
    10,
    /unknown insert: "formla".*Did you mean "formula"/,
  ],
  [
    "unknown rule",
    `${head}:::zh{#a}\n::formula[SDG]\n:::\n:::en\n::formula[SDG]\n:::\n`,
    10,
    /unknown optimizer: "SDG".*Did you mean "SGD"/,
  ],
  [
    "unknown option of a rule",
    `${head}:::zh{#a}\n::formula[SGD]{momentun=0.9}\n:::\n:::en\n::formula[SGD]{momentun=0.9}\n:::\n`,
    10,
    /unknown option: "momentun".*Did you mean "momentum"/,
  ],
  [
    "inserts that differ",
    `${head}:::zh{#a}\n::formula[SGD]\n:::\n:::en\nhello\n:::\n`,
    12,
    /different inserts in zh and en: ::formula\[SGD\] and none/,
  ],
];

for (const [name, source, line, message] of mistakes) {
  test(`mistake: ${name}`, () => {
    try {
      parseChapter(source, "t.md");
    } catch (error) {
      assert.instance(error, SourceError, String(error));
      const { line: found, problem, message: whole } = error as SourceError;
      assert.match(problem, message);
      assert.is(found, line, problem);
      assert.ok(whole.startsWith(`t.md:${line}: `));
      return;
    }
    assert.unreachable("no error");
  });
}

test.run();
