import { unknown } from "../../kernels/index.ts";
import type { MimeBundle } from "../display.ts";
import { quizFunctions } from "../quiz-page.ts";
import { quizHtml } from "../quiz-view.ts";
import type { ChapterRecord, Lang } from "../record.ts";
import { certificateFunctions, drawCertificate } from "./certificate.ts";
import { mountExam } from "./exam-page.ts";
import type { ExamOptions } from "./exam.ts";
import { drawPaper, paperFunctions } from "./paper.ts";
import { gameBundle } from "./view.ts";
import { gameWords } from "./words.ts";

export async function examBundle(
  records: ChapterRecord[],
  { seed = 1, questions = 30, always = [], caption, alt }: ExamOptions,
  lang: Lang,
): Promise<MimeBundle> {
  const said = gameWords[lang].exam;
  const bank = records.flatMap(({ id, title, quizzes }) =>
    Object.entries(quizzes).map(([name, quiz]) => ({
      name: `${id}/${name}`,
      chapter: id,
      title: `${Number(id.slice(0, 2))} · ${title[lang]}`,
      area: areaOf(Number(id.slice(0, 2))),
      always: always.includes(`${id}/${name}`),
      html: quizHtml(quiz, lang),
    })),
  );
  const names = bank.map(({ name }) => name);
  const strange = always.find((name) => !names.includes(name));
  if (strange !== undefined) throw new Error(unknown("question", strange, names));
  if (bank.length === 0) throw new Error("exam: no quiz in the book. Build the chapters first");
  const paper = drawPaper(bank, seed, questions);
  const blank = { name: "", score: null, total: paper.length, seed };
  return gameBundle(
    {
      name: "exam",
      drawing: { svg: drawCertificate(blank, said), width: 640 },
      solution: paper.map((i) => bank[i]!.html).join(""),
      functions: [...quizFunctions, ...paperFunctions, ...certificateFunctions, mountExam],
      values: [JSON.stringify(bank), JSON.stringify({ seed, questions })],
    },
    { caption, alt },
    lang,
  );
}

/** By chapter: anatomy, algorithms, state and numerics, source, practice. */
function areaOf(chapter: number): number {
  const last = [4, 17, 21, 23].findIndex((end) => chapter <= end);
  return last < 0 ? 4 : last;
}
