import { keepKeys, make } from "./page-elements.ts";

/** What a quiz says to a reader; it stands on the quiz's element as JSON. */
export interface QuizWords {
  keys: string;
  right: string;
  wrong: string;
}

/**
 * Turns the quizzes of the page that are still plain `<details>` into radio groups: arrow keys
 * move, Enter, Space, a click or the letter of an option answers, and a live region says why. The quiz's element hears of each
 * answer by the event `downhill-answer`, whose detail says whether it was right. Runs in the page.
 */
export function enhanceQuizzes(): void {
  const enhance = (quiz: HTMLElement): void => {
    const words = JSON.parse(quiz.dataset.words ?? "{}") as QuizWords;
    quiz.dataset.ready = "true";
    const question = quiz.querySelector(".downhill-question");
    const group = make("div", "downhill-choices", "", { role: "radiogroup" });
    group.setAttribute("aria-label", question?.textContent?.trim() ?? "");
    const feedback = make("div", "downhill-feedback", "", { "aria-live": "polite" });

    const choices = [...quiz.querySelectorAll("details")].map((details, index) => {
      const choice = make("div", "downhill-choice", "", {
        role: "radio",
        "aria-checked": "false",
        tabindex: index === 0 ? "0" : "-1",
      });
      choice.append(...(details.querySelector("summary")?.childNodes ?? []));
      choice.addEventListener("click", () => answer(choice, details));
      details.replaceWith(choice);
      group.append(choice);
      return { choice, details };
    });

    const answer = (choice: HTMLElement, details: HTMLDetailsElement): void => {
      const right = details.dataset.right === "true";
      for (const other of choices) other.choice.setAttribute("aria-checked", "false");
      choice.setAttribute("aria-checked", "true");
      choice.dataset.verdict = right ? "right" : "wrong";
      const verdict = make("p", "downhill-verdict", right ? words.right : words.wrong);
      const why = details.querySelector(".downhill-why")?.cloneNode(true);
      feedback.replaceChildren(verdict, ...(why ? [why] : []));
      feedback.dataset.verdict = right ? "right" : "wrong";
      focus(choice);
      quiz.dispatchEvent(new CustomEvent("downhill-answer", { detail: right }));
    };

    const focus = (target: HTMLElement): void => {
      for (const { choice } of choices) choice.tabIndex = choice === target ? 0 : -1;
      target.focus({ preventScroll: true });
    };

    group.addEventListener("keydown", (event) => {
      const at = choices.findIndex(({ choice }) => choice === document.activeElement);
      const current = choices[at];
      if (current === undefined) return;
      const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase().charCodeAt(0) - 65 : -1;
      const named = event.ctrlKey || event.metaKey || event.altKey ? undefined : choices[letter];
      const move = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (move !== undefined) {
        focus(choices[(at + move + choices.length) % choices.length]!.choice);
      } else if (named !== undefined) {
        answer(named.choice, named.details);
      } else if (event.key === "Enter" || event.key === " ") {
        answer(current.choice, current.details);
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });

    const hint = quiz.querySelector(".downhill-hint");
    if (hint) hint.textContent = words.keys;
    question?.after(group, feedback);
  };

  document.querySelectorAll<HTMLElement>(".downhill-quiz:not([data-ready])").forEach(enhance);
}

/** Everything above that a page needs, by its own text. */
export const quizFunctions = [keepKeys, make, enhanceQuizzes];
