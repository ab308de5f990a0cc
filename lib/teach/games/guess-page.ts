import { fill, numbered, openGame, showPlay } from "./page.ts";
import { make } from "../page-elements.ts";
import type { GuessWords } from "./words.ts";

export interface GuessData {
  /** What the reader chooses from. */
  names: string[];
  paths: { letter: string; name: string; clues: string[] }[];
}

/** Asks for one path after the other. Runs in the page. */
export function mountGuess(key: string, { names, paths }: GuessData, words: GuessWords): void {
  const game = openGame(key);
  if (game === null) return;
  const picture = game.stage.querySelector("img")!;
  const alt = picture.alt;
  game.stage.innerHTML = decodeURIComponent(picture.src.slice(picture.src.indexOf(",") + 1));
  const svg = game.stage.querySelector("svg")!;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alt);
  const drawn = [...svg.querySelectorAll<SVGGElement>(".dh-path")];

  const PRICE = 3;
  const most = PRICE * (paths.length - 1);
  const found = new Set<string>();
  let points = 0;

  const ask = (at: number): void => {
    const path = paths[at]!;
    const wrong = new Set<string>();
    drawn.forEach((group, i) => (group.style.opacity = i === at ? "1" : "0.25"));
    const clues = make("ul", "downhill-clues");
    const row = numbered(names, (index) => {
      const name = names[index]!;
      if (name === path.name) {
        found.add(name);
        points += Math.max(0, PRICE - wrong.size);
        game.say(fill(words.right, { path: path.letter, name }));
        next(at + 1);
        return;
      }
      if (wrong.has(name)) return;
      wrong.add(name);
      game.say(fill(words.wrong, { name }));
      const clue = path.clues[wrong.size - 1];
      if (clue !== undefined) clues.append(make("li", "", `${words.clue} ${wrong.size}: ${clue}`));
      block();
    });
    const block = () =>
      row.querySelectorAll("button").forEach((button, i) => {
        const out = found.has(names[i]!) || wrong.has(names[i]!);
        button.setAttribute("aria-disabled", String(out));
      });
    block();
    showPlay(game, make("p", "downhill-ask", fill(words.ask, { path: path.letter })), row, clues);
  };

  const next = (at: number): void => {
    if (at < paths.length - 1) return ask(at);
    const { letter, name } = paths[at]!;
    drawn.forEach((group) => (group.style.opacity = "1"));
    showPlay(game);
    const last = fill(words.last, { path: letter, name });
    game.end(`${last} ${fill(words.end, { points, most })}`);
  };
  ask(0);
}
