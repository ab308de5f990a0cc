import { drawGround } from "../live-map.ts";
import { drawParts, firstSetting, type LiveWords, twoDigits } from "../live-scene.ts";
import { openStage } from "../live-stage.ts";
import { type Scene, walk } from "../live-walk.ts";
import { make } from "../page-elements.ts";
import { betTable } from "./bets-page.ts";
import { fill, goButton, openGame, showPlay } from "./page.ts";
import { payoffs } from "./payoff.ts";
import type { RouletteWords } from "./words.ts";

export interface RouletteData {
  lrs: number[];
  chips: number;
  live: LiveWords;
}

/** A mountain for each spin: bets, then what every field pays. Runs in the page. */
export function mountRoulette(
  key: string,
  mountains: { name: string; scene: Scene }[],
  { lrs, chips, live }: RouletteData,
  words: RouletteWords,
): void {
  const game = openGame(key);
  if (game === null) return;
  const stage = openStage(game.stage);

  /** The walk with one of the learning rates, on the mountain of this spin. */
  const show = (scene: Scene, lr: number): void => {
    const setting = firstSetting(scene);
    const walked = walk(scene, scene.walkers[0]!, { lr }, scene.start);
    stage.show({ ground: drawGround(scene, setting.values, live.axes) });
    stage.show(drawParts(scene, setting, [walked], live));
  };

  const bet = (at: number, purse: number): void => {
    const { name, scene } = mountains[at]!;
    show(scene, lrs[0]!);
    const ask = make("p", "downhill-ask");
    const tell = (left: number) => {
      ask.textContent = fill(words.round, { mountain: name, steps: scene.steps, purse: left });
    };
    const fields = lrs.map((lr) => ({ label: String(lr), cells: [] }));
    const bets = betTable([words.lr], fields, purse, words, tell);
    tell(purse);
    const go = goButton(words.spin, () => {
      if (bets.purse() === purse) return game.say(words.noBet);
      settle(at, bets.stakes, bets.purse());
    });
    showPlay(game, ask, bets.table, go);
  };

  const settle = (at: number, stakes: number[], hand: number): void => {
    const { scene } = mountains[at]!;
    const results = payoffs(scene, lrs);
    const most = Math.max(...results.map(({ pays }) => pays));
    const field = results.findIndex(({ pays }) => pays === most);
    const best = lrs[field]!;
    const paid = results.reduce((sum, { pays }, i) => sum + Math.round(pays * stakes[i]!), 0);
    const purse = hand + paid;
    const table = make("table", "downhill-bets");
    const head = make("tr", "");
    const heads = [words.lr, words.stake, words.ends, words.pays];
    head.append(...heads.map((text) => make("th", "", text)));
    table.append(head);
    results.forEach(({ height, pays }, i) => {
      const row = make("tr", i === field ? "downhill-best" : "");
      const bar = make("span", "downhill-bar");
      bar.style.width = `${most > 0 ? (8 * pays) / most : 0}em`;
      const pay = make("td", "");
      pay.append(bar, `× ${pays}`);
      const stake = stakes[i] === 0 ? "" : String(stakes[i]);
      const end = height === Infinity ? "💥 ∞" : `${pays === 0 ? "💥 " : ""}${twoDigits(height)}`;
      row.append(make("td", "", String(lrs[i])), make("td", "", stake), make("td", "", end), pay);
      table.append(row);
    });
    show(scene, best);
    if (purse === 0 || at + 1 === mountains.length) {
      showPlay(game, table);
      game.end(fill(purse === 0 ? words.broke : words.end, { best, chips, purse }));
      return;
    }
    showPlay(
      game,
      table,
      goButton(words.next, () => bet(at + 1, purse)),
    );
    game.say(fill(words.settled, { best, paid }));
  };
  bet(0, chips);
}
