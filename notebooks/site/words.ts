import type { Lang } from "../../lib/teach/record.ts";

export interface SiteWords {
  book: string;
  subtitle: string;
  lead: string;
  skip: string;
  contents: string;
  search: string;
  found: string;
  nothing: string;
  theme: string;
  other: string;
  previous: string;
  next: string;
  code: string;
  copy: string;
  copied: string;
  output: string;
  decks: string;
  run: string;
}

/** What the pages say around the chapters. */
export const siteWords: Record<Lang, SiteWords> = {
  zh: {
    book: "下山",
    subtitle: "跑着学 torch.optim",
    lead: "一本可以拖、可以答、可以玩的优化器教科书。每个数字都由代码算出，每条公式都由规则打印。",
    skip: "跳到正文",
    contents: "目录",
    search: "搜索全书（按 / 键）",
    found: "找到 {n} 处",
    nothing: "没有找到",
    theme: "深色或浅色",
    other: "English",
    previous: "上一章",
    next: "下一章",
    code: "代码",
    copy: "复制",
    copied: "已复制",
    output: "输出",
    decks: "闪卡（Anki）",
    run: "想自己改、自己跑：在项目里执行 npm start，本书会在 JupyterLab 里打开。",
  },
  en: {
    book: "Downhill",
    subtitle: "torch.optim, taught by running it",
    lead: "A textbook of optimizers to drag, answer and play. Every number is computed by the code beside it, every formula printed from the rule that runs.",
    skip: "Skip to the text",
    contents: "Contents",
    search: "Search the book (press /)",
    found: "{n} found",
    nothing: "Nothing found",
    theme: "Dark or light",
    other: "中文",
    previous: "Previous",
    next: "Next",
    code: "Code",
    copy: "Copy",
    copied: "Copied",
    output: "Output",
    decks: "Flashcards (Anki)",
    run: "To change and run it yourself: npm start in the project opens this book in JupyterLab.",
  },
};

/** The parts of the book, by number. */
export const parts: Record<Lang, string>[] = [
  { zh: "出发之前", en: "Before the walk" },
  { zh: "什么是优化器", en: "What an optimizer is" },
  { zh: "每一步", en: "Every step" },
  { zh: "优化算法", en: "Algorithms" },
  { zh: "状态与数值", en: "State and numerics" },
  { zh: "打开引擎盖", en: "Under the bonnet" },
  { zh: "实战", en: "In practice" },
  { zh: "复习与游戏", en: "Review and games" },
];
