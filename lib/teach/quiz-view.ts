import type { MimeBundle } from "./display.ts";
import { jsonAttribute, pageScript } from "./html.ts";
import { inlineToHtml, markdownToText } from "./markdown.ts";
import { quizFunctions, type QuizWords } from "./quiz-page.ts";
import { letter } from "./quiz.ts";
import type { Lang, Quiz, QuizOption } from "./record.ts";
import { inlineStyles, styleElement } from "./style.ts";
import { words } from "./words.ts";

/**
 * A quiz as HTML, as JSON for programs and as text. The HTML is one `<details>` per option with its
 * explanation inside, which is all that an untrusted notebook keeps of it; the script makes it a
 * radio group where scripts run.
 */
export function quizBundle(id: string, quiz: Quiz, lang: Lang): MimeBundle {
  return {
    "text/html":
      quizHtml(quiz, lang) + styleElement("quiz") + pageScript(quizFunctions, "enhanceQuizzes"),
    "application/vnd.downhill.quiz+json": {
      id,
      lang,
      question: quiz.question[lang],
      options: quiz.options.map(({ text, why, right }, index) => ({
        letter: letter(index),
        text: text[lang],
        why: why[lang],
        right,
      })),
    },
    "text/plain": plain(quiz, lang),
  };
}

/** The quiz as it reads without scripts and style sheets. */
export function quizHtml(quiz: Quiz, lang: Lang): string {
  const { keys, right, wrong, openOption, quiz: heading } = words[lang];
  const pageWords: QuizWords = { keys, right, wrong };
  const options = quiz.options.map((option, index) => optionHtml(option, index, lang));
  return [
    `<div class="downhill-quiz" lang="${lang}" data-words="${jsonAttribute(pageWords)}"`,
    ` style="${inlineStyles.panel}">`,
    `<div class="downhill-question"><b class="downhill-badge">${heading}</b> `,
    `${inlineToHtml(quiz.question[lang])}</div>`,
    ...options,
    `<p class="downhill-hint" style="${inlineStyles.hint}">${openOption}</p></div>`,
  ].join("");
}

function optionHtml({ text, why, right }: QuizOption, index: number, lang: Lang): string {
  const { isRight, isWrong } = words[lang];
  return [
    `<details data-right="${right}" style="${inlineStyles.option}">`,
    `<summary style="cursor:pointer"><b class="downhill-letter">${letter(index)}</b> `,
    `<span>${inlineToHtml(text[lang])}</span></summary>`,
    `<div class="downhill-why" style="${inlineStyles.why}">`,
    `<b class="downhill-mark">${right ? `✓ ${isRight}` : `✗ ${isWrong}`}</b> `,
    `${inlineToHtml(why[lang])}</div></details>`,
  ].join("");
}

/** The question and its options; the key stays out of sight. */
function plain(quiz: Quiz, lang: Lang): string {
  const options = quiz.options.map(
    ({ text }, index) => `  ${letter(index)}. ${markdownToText(text[lang])}`,
  );
  return [markdownToText(quiz.question[lang]), ...options].join("\n");
}
