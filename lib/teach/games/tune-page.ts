import { drawGround } from "../live-map.ts";
import { drawParts, firstSetting, type LiveWords, threeDigits, walkAll } from "../live-scene.ts";
import { openStage } from "../live-stage.ts";
import { type Scene, type Walk, walk } from "../live-walk.ts";
import { make, makeButton, makeSlider } from "../page-elements.ts";
import { fill, goButton, numbered, openGame } from "./page.ts";
import { type Judge, score } from "./score.ts";
import type { TuneWords } from "./words.ts";

export interface TuneData {
  judge: Judge;
  record: number;
  tries: number;
  live: LiveWords;
}

/** Sliders, a button that walks, and a list of what came of it. Runs in the page. */
export function mountTune(key: string, scene: Scene, data: TuneData, words: TuneWords): void {
  const game = openGame(key);
  if (game === null) return;
  const { judge, record, tries, live } = data;
  const stage = openStage(game.stage);
  const setting = firstSetting(scene);
  const { values } = setting;
  let chosen = 0;
  let left = tries;
  let best: number | null = null;
  let over = false;

  const show = (walked: Walk): void => {
    const walks = scene.walkers.map((_, i) => (i === chosen ? walked : null));
    stage.show({ ground: drawGround(scene, values, live.axes) });
    stage.show(drawParts(scene, setting, walks, live));
  };

  const choices = numbered(
    scene.walkers.map(({ label }) => label),
    (index) => {
      chosen = index;
      choices.querySelectorAll("button").forEach((button, i) => {
        button.setAttribute("aria-pressed", String(i === index));
      });
    },
  );
  const controls = make("div", "downhill-controls");
  if (scene.walkers.length > 1) controls.append(choices);
  for (const slider of scene.sliders) {
    const read = () => values[slider.name]!;
    const { row, show: put } = makeSlider(slider, read, threeDigits, (value) => {
      values[slider.name] = value;
    });
    put();
    controls.append(row);
  }

  const results = make("table", "downhill-bets");
  const addRow = (tag: "th" | "td", cells: string[]) => {
    const row = make("tr", "");
    row.append(...cells.map((text) => make(tag, "", text)));
    results.append(row);
  };
  const finish = (): void => {
    over = true;
    go.remove();
    const own = best === null ? words.never : fill(words.steps, { n: best });
    game.end(fill(words.end, { best: own, record }));
  };
  const go = goButton(words.go, () => {
    if (over) return;
    const walker = scene.walkers[chosen]!;
    const walked = walk(scene, walker, values, scene.start);
    const steps = score(scene, judge, walked);
    show(walked);
    const result =
      steps === "crossed"
        ? words.crossed
        : steps === null
          ? words.never
          : fill(words.steps, { n: steps });
    const said = scene.sliders.map(({ name, label }) => `${label} ${threeDigits(values[name]!)}`);
    if (left === tries) addRow("th", [words.optimizer, words.setting, words.result]);
    addRow("td", [walker.label, said.join(", "), result]);
    if (typeof steps === "number" && (best === null || steps < best)) best = steps;
    left--;
    if (left === 0) return finish();
    const sofar = best === null ? "" : fill(words.best, { n: best });
    game.say(`${result} ${sofar} ${fill(words.left, { n: left })}`);
  });
  go.append(makeButton("downhill-pick", words.giveUp, finish));
  game.play.append(controls, go, results);
  choices.querySelector("button")?.setAttribute("aria-pressed", "true");
  game.say(fill(words.left, { n: left }));
  stage.show({ ground: drawGround(scene, values, live.axes) });
  stage.show(drawParts(scene, setting, walkAll(scene, setting), live, 0));
}
