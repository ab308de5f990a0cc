import type { LiveWords } from "./live-scene.ts";
import type { Lang } from "./record.ts";

interface Words {
  [key: string]: string | LiveWords;
  live: LiveWords;
}

/** What the outputs themselves say, apart from the chapters' texts. */
export const words = {
  zh: {
    quiz: "选一选",
    openOption: "点开一个选项，看看它为什么对、为什么不对。",
    keys: "用方向键移动，按回车选定；也可以直接按字母。",
    right: "对了，到谷底了！",
    wrong: "还没到谷底，再想想。",
    isRight: "对。",
    isWrong: "不对。",
    card: "闪卡",
    showAnswer: "先想一想，再点开",
    gap: "[……]",
    untrusted: "这是静止的图。信任这个笔记本，或者重新运行这个单元格，就能拖动滑块。",
    live: {
      steps: "步数，离谷底",
      last: "最后多高",
      manner: "走法",
      manners: { arrive: "到了", crawl: "爬行", ring: "来回打圈", explode: "爆炸" },
      notYet: "没到",
      axes: {
        x: "x（无单位）",
        y: "y（无单位）",
        f: "f(x)（无单位）",
        loss: "离谷底的高度（无单位）",
        step: "步数（步）",
      },
      reset: "重来",
      start: "起点",
      hint: "拖动滑块，也可以拖动白色的起点。",
    },
  },
  en: {
    quiz: "Your turn",
    openOption: "Open an option to see why it is right or wrong.",
    keys: "Arrow keys move, Enter chooses; or press a letter.",
    right: "Right: you are on the valley floor!",
    wrong: "Not the valley floor yet. Look again.",
    isRight: "Right.",
    isWrong: "No.",
    card: "Flashcard",
    showAnswer: "Think first, then open",
    gap: "[…]",
    untrusted: "A still picture. Trust this notebook, or run this cell, and the sliders move.",
    live: {
      steps: "steps to distance",
      last: "last height",
      manner: "manner",
      manners: { arrive: "arrives", crawl: "crawls", ring: "rings", explode: "explodes" },
      notYet: "not yet",
      axes: {
        x: "x (no unit)",
        y: "y (no unit)",
        f: "f(x) (no unit)",
        loss: "height above the floor (no unit)",
        step: "steps",
      },
      reset: "Reset",
      start: "start",
      hint: "Move the sliders; the white starting point can be dragged, too.",
    },
  },
} satisfies Record<Lang, Words>;
