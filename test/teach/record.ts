import type { ChapterRecord, Quiz, Text } from "../../lib/teach/record.ts";

const both = (zh: string, en: string): Text => ({ zh, en });
const same = (words: string): Text => both(words, words);

export const sweep: Quiz = {
  question: both("最好的 $\\mu$？", "Which $\\mu$ is best?"),
  options: [
    { text: same("$0$"), why: same("That is descent."), right: false, value: 0 },
    { text: same("$\\mu^*$"), why: same("The *formula*."), right: true, value: 0.67 },
    { text: same("$0.9$ <>&"), why: same("Folklore."), right: false, value: 0.9 },
  ],
};

const lookUp: Quiz = {
  question: both("它是什么？", "What is it?"),
  options: [
    { text: both("和", "A sum"), why: both("对", "Yes"), right: true },
    { text: both("平均", "An average"), why: both("错", "No"), right: false },
  ],
};

/** A small chapter for the tests of what notebooks show. */
export const chapter: ChapterRecord = {
  id: "99-test",
  title: both("试", "Test"),
  strings: { steps: both("步数", "steps"), caption: both("看这里。", "Look here.") },
  quizzes: { "Q99.1": sweep, "Q99.2": lookUp },
  cards: {
    "ch99-01": {
      front: both("$\\mu$ 是什么？", "What is $\\mu$?"),
      back: both("惯性 <0.9>", "Inertia, `a < b`"),
      tags: ["sgd"],
    },
    "ch99-02": {
      front: both("走的是 $\\eta({{c1::g + \\mu v}})$", "It walks $\\eta({{c1::g + \\mu v}})$"),
      back: both("不是 {{c1::v}}", "Not v"),
      tags: ["sgd"],
    },
  },
};
