import type { Lang } from "../record.ts";
import type { CertificateWords } from "./certificate.ts";

interface Rules {
  title: string;
  rules: string;
}

export interface GuessWords extends Rules {
  /** `{path}` is its letter. */
  ask: string;
  right: string;
  wrong: string;
  clue: string;
  last: string;
  /** `{points}` of `{most}`. */
  end: string;
  path: string;
  optimizer: string;
  clues: Record<"first" | "growth" | "turns" | "far" | "arrived", string>;
}

export interface RaceWords extends Rules {
  runner: string;
  wins: string;
  odds: string;
  stake: string;
  round: string;
  start: string;
  next: string;
  takeBack: string;
  noBet: string;
  won: string;
  lost: string;
  broke: string;
  end: string;
  place: string;
  height: string;
  steps: string;
  winner: string;
}

export interface TuneWords extends Rules {
  go: string;
  giveUp: string;
  left: string;
  steps: string;
  never: string;
  crossed: string;
  best: string;
  record: string;
  setting: string;
  result: string;
  optimizer: string;
  end: string;
}

export interface RouletteWords extends Rules {
  mountain: string;
  lr: string;
  pays: string;
  stake: string;
  ends: string;
  spin: string;
  next: string;
  takeBack: string;
  noBet: string;
  round: string;
  settled: string;
  broke: string;
  end: string;
}

export interface ExamWords extends Rules, CertificateWords {
  start: string;
  next: string;
  finish: string;
  again: string;
  progress: string;
  name: string;
  save: string;
  review: string;
  score: string;
}

export interface GameWords {
  still: string;
  solution: string;
  guess: GuessWords;
  race: RaceWords;
  tune: TuneWords;
  roulette: RouletteWords;
  exam: ExamWords;
}

/** What the games say, apart from the chapters' texts. Words in braces are values. */
export const gameWords: Record<Lang, GameWords> = {
  zh: {
    still: "这是静止的图。信任这个笔记本，或者重新运行这个单元格，就能玩。",
    solution: "谜底",
    guess: {
      title: "猜猜是谁",
      rules: "图上每条路是一种优化器走出来的。按数字键选名字；猜错一次，得一条线索，少一分。",
      ask: "{path} 这条路，是谁走的？",
      right: "猜对了：{path} 是 {name}。",
      wrong: "不是 {name}。",
      clue: "线索",
      last: "剩下的 {path} 只能是 {name}。",
      end: "得分 {points}，满分 {most}。",
      path: "路",
      optimizer: "优化器",
      clues: {
        first: "第 1 步横走 {x}，竖走 {y}。",
        growth: "最长的一步，是第 1 步的 {n} 倍。",
        turns: "一路上掉头 {n} 次。",
        far: "走完全程，离谷底还有 {n}。",
        arrived: "第 {n} 步到谷底。",
      },
    },
    race: {
      title: "押注",
      rules:
        "赔率来自训练赛的战绩。按数字键，给选手押 10 个筹码；按 0 全部收回；按回车开跑。先到谷底者胜；都没到，最低者胜。",
      runner: "选手",
      wins: "训练赛夺冠",
      odds: "赔率",
      stake: "押了",
      round: "第 {round} 场，共 {rounds} 场。手里还有 {purse} 个筹码。",
      start: "开跑",
      next: "下一场",
      takeBack: "全部收回",
      noBet: "先押注：按数字键。",
      won: "{winner} 赢了！收回 {paid} 个筹码。",
      lost: "{winner} 赢了。你押的都没了。",
      broke: "筹码输光了。{winner} 赢了最后一场。",
      end: "{winner} 赢了最后一场。你从 {chips} 个筹码开始，带走 {purse} 个。",
      place: "名次",
      height: "最后多高",
      steps: "到谷底的步数",
      winner: "冠军",
    },
    tune: {
      title: "调参赛",
      rules: "选优化器（数字键），调滑块，按回车走一趟。步数最少者胜；纪录由逐格搜索得出。",
      go: "走一趟",
      giveUp: "看谜底",
      left: "还能走 {n} 趟。",
      steps: "{n} 步",
      never: "没走到",
      crossed: "越过了谷底，成绩取消",
      best: "你的最好成绩：{n} 步。",
      record: "纪录：{n} 步",
      setting: "设置",
      result: "结果",
      optimizer: "优化器",
      end: "你的最好成绩：{best}。纪录：{record} 步。",
    },
    roulette: {
      title: "学习率轮盘",
      rules:
        "每一格是一个学习率。按数字键，给一格押 10 个筹码；按 0 全部收回；按回车转动。走得越低赔得越多；不降反升，筹码归庄家。",
      mountain: "山",
      lr: "学习率",
      pays: "赔",
      stake: "押了",
      ends: "最后多高",
      spin: "转动",
      next: "下一座山",
      takeBack: "全部收回",
      noBet: "先押注：按数字键。",
      round: "{mountain}，走 {steps} 步。手里还有 {purse} 个筹码。",
      settled: "最好的一格是 {best}。收回 {paid} 个筹码。",
      broke: "筹码输光了。最好的一格是 {best}。",
      end: "最好的一格是 {best}。你从 {chips} 个筹码开始，带走 {purse} 个。",
    },
    exam: {
      title: "毕业考",
      rules: "题目按试卷号从全书抽取。方向键移动，回车作答，也可以直接按字母；第一次作答算数。",
      start: "开考",
      next: "下一题",
      finish: "交卷",
      again: "换一张试卷",
      progress: "进度",
      name: "姓名",
      save: "保存",
      review: "回头再看看：",
      score: "{total} 题答对 {score} 题。",
      school: "下山 · Downhill",
      certificate: "结业证书",
      nobody: "（姓名）",
      has: "走完全书，答对题数",
      seed: "试卷号",
      ranks: ["站在谷底：可以带路了", "看得见谷底", "半山腰，方向没错", "还在雾里：回头再走一遍"],
    },
  },
  en: {
    still: "A still picture. Trust this notebook, or run this cell, and you can play.",
    solution: "Solution",
    guess: {
      title: "Who walked here?",
      rules:
        "Each path was walked by one optimizer. Number keys choose a name; every wrong guess buys a clue and costs a point.",
      ask: "Path {path}: who walked it?",
      right: "Right: {path} is {name}.",
      wrong: "Not {name}.",
      clue: "Clue",
      last: "What is left, {path}, can only be {name}.",
      end: "{points} points of {most}.",
      path: "path",
      optimizer: "optimizer",
      clues: {
        first: "Step 1 goes {x} sideways and {y} up or down.",
        growth: "The longest step is {n} times the first.",
        turns: "It turns round {n} times on its way.",
        far: "At the end it is still {n} from the floor.",
        arrived: "It is on the floor at step {n}.",
      },
    },
    race: {
      title: "Bet on the race",
      rules:
        "The odds come from training races. A number key puts 10 chips on a runner, 0 takes all back, Enter starts. First on the floor wins; if nobody arrives, the lowest.",
      runner: "runner",
      wins: "training races won",
      odds: "odds",
      stake: "your bet",
      round: "Race {round} of {rounds}. You hold {purse} chips.",
      start: "Start",
      next: "Next race",
      takeBack: "Take back",
      noBet: "Place a bet first: press a number key.",
      won: "{winner} wins! You are paid {paid} chips.",
      lost: "{winner} wins. Your bets are gone.",
      broke: "No chips left. {winner} won the last race.",
      end: "{winner} wins the last race. You came with {chips} chips and leave with {purse}.",
      place: "place",
      height: "last height",
      steps: "steps to the floor",
      winner: "winner",
    },
    tune: {
      title: "Tune to win",
      rules:
        "Choose an optimizer (number keys), set the sliders, press Enter to walk. Fewest steps wins; the record was found by trying every position.",
      go: "Walk",
      giveUp: "Show the solution",
      left: "{n} walks left.",
      steps: "{n} steps",
      never: "never arrives",
      crossed: "crossed the floor: disqualified",
      best: "Your best: {n} steps.",
      record: "record: {n} steps",
      setting: "setting",
      result: "result",
      optimizer: "optimizer",
      end: "Your best: {best}. The record: {record} steps.",
    },
    roulette: {
      title: "Learning-rate roulette",
      rules:
        "Each field is a learning rate. A number key puts 10 chips on a field, 0 takes all back, Enter spins. The lower it ends the more it pays; where the loss grows, the house takes all.",
      mountain: "mountain",
      lr: "learning rate",
      pays: "pays",
      stake: "your bet",
      ends: "last height",
      spin: "Spin",
      next: "Next mountain",
      takeBack: "Take back",
      noBet: "Place a bet first: press a number key.",
      round: "{mountain}, {steps} steps. You hold {purse} chips.",
      settled: "The best field was {best}. You are paid {paid} chips.",
      broke: "No chips left. The best field was {best}.",
      end: "The best field was {best}. You came with {chips} chips and leave with {purse}.",
    },
    exam: {
      title: "The final exam",
      rules:
        "The number of the paper decides which questions of the book it has. Arrow keys move, Enter answers, or press a letter; the first answer counts.",
      start: "Begin",
      next: "Next question",
      finish: "Hand in",
      again: "Another paper",
      progress: "Progress",
      name: "Name",
      save: "Save",
      review: "Worth another look:",
      score: "{score} of {total} right.",
      school: "下山 · Downhill",
      certificate: "Certificate",
      nobody: "(name)",
      has: "walked the whole book and answered",
      seed: "Paper",
      ranks: [
        "On the valley floor: fit to guide others",
        "Within sight of the floor",
        "Halfway down, and the right way",
        "Still in the fog: walk it once more",
      ],
    },
  },
};
