import type { Lang } from "./record.ts";

/** What the outputs themselves say, apart from the chapters' texts. */
export const words = {
  zh: {
    quiz: "选一选",
    openOption: "点开一个选项，看看它为什么对、为什么不对。",
    keys: "用方向键移动，按回车选定。",
    right: "对了，到谷底了！",
    wrong: "还没到谷底，再想想。",
    isRight: "对。",
    isWrong: "不对。",
    card: "闪卡",
    showAnswer: "先想一想，再点开",
    gap: "[……]",
  },
  en: {
    quiz: "Your turn",
    openOption: "Open an option to see why it is right or wrong.",
    keys: "Arrow keys move, Enter chooses.",
    right: "Right: you are on the valley floor!",
    wrong: "Not the valley floor yet. Look again.",
    isRight: "Right.",
    isWrong: "No.",
    card: "Flashcard",
    showAnswer: "Think first, then open",
    gap: "[…]",
  },
} satisfies Record<Lang, Record<string, string>>;
