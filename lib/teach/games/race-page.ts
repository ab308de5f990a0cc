import { drawGround } from "../live-map.ts";
import { drawParts, firstSetting, type LiveWords, twoDigits, walkAll } from "../live-scene.ts";
import { openStage } from "../live-stage.ts";
import type { Scene, Walk } from "../live-walk.ts";
import { make } from "../page-elements.ts";
import { betTable } from "./bets-page.ts";
import { fill, goButton, openGame, showPlay } from "./page.ts";
import { placing } from "./placing.ts";
import type { RaceWords } from "./words.ts";

export interface RaceData {
  /** The start of each race. */
  races: [number, number][];
  odds: number[];
  wins: number[];
  training: number;
  chips: number;
  live: LiveWords;
}

/** Bets, then the race, then the money; as many times as there are races. Runs in the page. */
export function mountRace(key: string, scene: Scene, data: RaceData, words: RaceWords): void {
  const game = openGame(key);
  if (game === null) return;
  const { races, odds, wins, training, chips, live } = data;
  const SECONDS = 4;
  const stage = openStage(game.stage);
  const first = firstSetting(scene);
  stage.show({ ground: drawGround(scene, first.values, live.axes) });

  const show = (start: [number, number], walks: Walk[], last: number) => {
    stage.show(drawParts(scene, { ...first, start }, walks, live, last));
  };

  const bet = (at: number, purse: number): void => {
    const start = races[at]!;
    const walks = walkAll(scene, { ...first, start }) as Walk[];
    show(start, walks, 0);
    const fields = scene.walkers.map(({ label, color }, i) => ({
      label,
      color,
      cells: [`${wins[i]}/${training}`, `× ${odds[i]}`],
    }));
    const ask = make("p", "downhill-ask");
    const tell = (left: number) => {
      ask.textContent = fill(words.round, { round: at + 1, rounds: races.length, purse: left });
    };
    const heads = [words.runner, words.wins, words.odds];
    const bets = betTable(heads, fields, purse, words, tell);
    tell(purse);
    const go = goButton(words.start, () => {
      if (bets.purse() === purse) return game.say(words.noBet);
      bets.close();
      go.remove();
      run(walks, start, () => settle(at, walks, bets.stakes, bets.purse()));
    });
    showPlay(game, ask, bets.table, go);
  };

  const run = (walks: Walk[], start: [number, number], done: () => void): void => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const began = performance.now();
    const frame = (now: number): void => {
      const share = still ? 1 : Math.max(0, (now - began) / 1000 / SECONDS);
      // Slow at first, where most of the way is made.
      const step = Math.ceil(Math.min(1, share) ** 2 * scene.steps);
      show(start, walks, step);
      if (share >= 1) done();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };

  const settle = (at: number, walks: Walk[], stakes: number[], hand: number): void => {
    const order = placing(walks);
    const winner = scene.walkers[order[0]!]!.label;
    const paid = Math.round(stakes[order[0]!]! * odds[order[0]!]!);
    const purse = hand + paid;
    const table = make("table", "downhill-bets");
    const addRow = (tag: "th" | "td", cells: string[]) => {
      const row = make("tr", "");
      row.append(...cells.map((text) => make(tag, "", text)));
      table.append(row);
    };
    addRow("th", [words.place, words.runner, words.steps, words.height]);
    order.forEach((i, place) => {
      const { arrived, losses, style } = walks[i]!;
      const height = style === "explode" ? "∞" : twoDigits(losses[losses.length - 1]!);
      const steps = arrived === null ? live.notYet : String(arrived);
      addRow("td", [String(place + 1), scene.walkers[i]!.label, steps, height]);
    });
    const last = at + 1 === races.length || purse === 0;
    if (last) {
      showPlay(game, table);
      game.end(fill(purse === 0 ? words.broke : words.end, { winner, chips, purse }));
      return;
    }
    showPlay(
      game,
      table,
      goButton(words.next, () => bet(at + 1, purse)),
    );
    game.say(fill(paid > 0 ? words.won : words.lost, { winner, paid }));
  };
  bet(0, chips);
}
