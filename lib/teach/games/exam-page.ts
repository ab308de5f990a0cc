import { make, makeButton } from "../page-elements.ts";
import { enhanceQuizzes } from "../quiz-page.ts";
import { drawCertificate } from "./certificate.ts";
import { fill, goButton, openGame, showPlay } from "./page.ts";
import { type Drawable, drawPaper } from "./paper.ts";
import type { ExamWords } from "./words.ts";

export interface Question extends Drawable {
  chapter: string;
  title: string;
  /** The quiz as `<details>`. */
  html: string;
}

/** One question after the other; the first answer counts. Then the certificate. Runs in the page. */
export function mountExam(
  key: string,
  bank: Question[],
  { seed: first, questions }: { seed: number; questions: number },
  words: ExamWords,
): void {
  const game = openGame(key);
  if (game === null) return;
  game.host.querySelector(".downhill-solution")!.remove();

  const begin = (seed: number): void => {
    const label = make("label", "downhill-seed", `${words.seed} `);
    const input = make("input", "", "", { type: "number", min: "1", max: "999999", step: "1" });
    input.value = String(seed);
    label.append(input);
    const start = () => ask(drawn(), 0, []);
    const drawn = () => {
      const chosen = Math.max(1, Math.floor(Number(input.value)) || first);
      return { seed: chosen, paper: drawPaper(bank, chosen, questions) };
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") start();
      event.stopPropagation();
    });
    showPlay(game, label, goButton(words.start, start));
    game.say("");
  };

  interface Drawn {
    seed: number;
    paper: number[];
  }

  const ask = (drawn: Drawn, at: number, missed: Question[]): void => {
    const { paper } = drawn;
    const question = bank[paper[at]!]!;
    const place = make("p", "downhill-ask", `${at + 1} / ${paper.length} · ${question.title}`);
    const bar = make("progress", "", "", { max: String(paper.length), value: String(at) });
    bar.setAttribute("aria-label", words.progress);
    const box = make("div", "");
    box.innerHTML = question.html;
    showPlay(game, place, bar, box);
    enhanceQuizzes();
    game.say("");
    const quiz = box.querySelector<HTMLElement>(".downhill-quiz")!;
    quiz.addEventListener("downhill-answer", (event) => {
      if (box.dataset.answered !== undefined) return;
      box.dataset.answered = "true";
      const now = (event as CustomEvent<boolean>).detail ? missed : [...missed, question];
      const last = at + 1 === paper.length;
      const go = goButton(last ? words.finish : words.next, () => {
        if (last) finish(drawn, now);
        else ask(drawn, at + 1, now);
      });
      box.append(go);
      go.querySelector("button")!.focus({ preventScroll: true });
    });
    quiz.querySelector<HTMLElement>("[role=radio]")?.focus({ preventScroll: true });
  };

  const finish = ({ seed, paper }: Drawn, missed: Question[]): void => {
    const total = paper.length;
    const score = total - missed.length;
    const label = make("label", "downhill-seed", `${words.name} `);
    const name = make("input", "", "", { type: "text", maxlength: "40" });
    name.addEventListener("keydown", (event) => event.stopPropagation());
    label.append(name);
    const svg = () => drawCertificate({ name: name.value, score, total, seed }, words);
    const show = () => {
      game.stage.innerHTML = svg();
      const drawing = game.stage.querySelector("svg")!;
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", `${words.certificate}: ${score} / ${total}`);
    };
    name.addEventListener("input", show);
    show();
    const save = (href: string, file: string) => {
      const link = make("a", "");
      link.href = href;
      link.download = file;
      link.click();
    };
    const url = () => `data:image/svg+xml,${encodeURIComponent(svg())}`;
    const savePng = () => {
      const image = new Image();
      image.onload = () => {
        const canvas = make("canvas", "");
        [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
        canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
        save(canvas.toDataURL("image/png"), "downhill.png");
      };
      image.src = url();
    };
    const buttons = make("div", "downhill-buttons");
    buttons.append(
      makeButton("downhill-pick", `${words.save} SVG`, () => save(url(), "downhill.svg")),
      makeButton("downhill-pick", `${words.save} PNG`, savePng),
      makeButton("downhill-go", words.again, () => begin(seed + 1)),
    );
    const list = make("ul", "downhill-clues");
    for (const { chapter, title, html } of missed) {
      const item = make("li", "");
      // On the site a chapter is a page beside this one; a notebook only names it.
      const onSite = location.pathname.endsWith(".html");
      const source = onSite ? make("a", "", title) : make("b", "", title);
      if (source instanceof HTMLAnchorElement) source.href = `${chapter}.html`;
      const shown = make("div", "");
      shown.innerHTML = html;
      shown.querySelector(".downhill-badge")?.remove();
      item.append(source, ` ${shown.querySelector(".downhill-question")?.textContent ?? ""}`);
      list.append(item);
    }
    const review = missed.length === 0 ? [] : [make("p", "downhill-ask", words.review), list];
    showPlay(game, label, buttons, ...review);
    game.play.focus({ preventScroll: true });
    game.say(fill(words.score, { score, total }));
  };

  begin(first);
}
