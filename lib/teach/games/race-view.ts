import { rng } from "../../autograd/index.ts";
import type { MimeBundle } from "../display.ts";
import { drawGround, layout } from "../live-map.ts";
import { drawing, drawParts, firstSetting, twoDigits } from "../live-scene.ts";
import type { Lang } from "../record.ts";
import type { Surface } from "../surfaces.ts";
import { words } from "../words.ts";
import { betFunctions } from "./bets-page.ts";
import { placing, placingFunctions } from "./placing.ts";
import { mountRace } from "./race-page.ts";
import type { RaceOptions } from "./race.ts";
import { openScene, sceneScript, walksFrom } from "../scenes.ts";
import { gameBundle, tableHtml } from "./view.ts";
import { gameWords } from "./words.ts";

export async function raceBundle(options: RaceOptions, lang: Lang): Promise<MimeBundle> {
  const { surface, walkers, steps, goal, caption, alt } = options;
  const { rounds = 3, training = 20, spread = 0.25, seed = 1, chips = 100 } = options;
  const names = Object.keys(walkers);
  if (names.length < 2) throw new Error(`race: ${names.length} runners. Two to five can race`);
  const said = gameWords[lang].race;
  const axes = words[lang].live.axes;
  const { code, scene } = openScene({ surface, walkers, sliders: {}, steps, goal });
  const starts = startsAround(surface, spread, seed, training + rounds);
  const wins = names.map(() => 0);
  for (const start of starts.slice(0, training)) wins[placing(walksFrom(scene, start))[0]!]!++;
  // As if each had won once more: who never won still pays something finite.
  const odds = wins.map((won) => Math.round((10 * (training + names.length)) / (won + 1)) / 10);
  const races = starts.slice(training);

  const setting = { ...firstSetting(scene), start: races[0]! };
  const ground = drawGround(scene, setting.values, axes);
  const parts = drawParts(scene, setting, walksFrom(scene, races[0]!), words[lang].live, 0);
  const svg = drawing({ ground, ...parts });
  const rows = names.map((name, i) => [name, `${wins[i]}/${training}`, `× ${odds[i]}`]);
  const results = races.map((start, k) => {
    const walks = walksFrom(scene, start);
    const [first] = placing(walks);
    const { arrived, losses } = walks[first!]!;
    const how = arrived === null ? twoDigits(losses.at(-1)!) : String(arrived);
    return [
      String(k + 1),
      names[first!]!,
      arrived === null ? "" : how,
      arrived === null ? how : "",
    ];
  });
  return gameBundle(
    {
      name: "race",
      drawing: { svg, width: layout().width },
      board: tableHtml({ head: [said.runner, said.wins, said.odds], rows }),
      solution: { head: ["", said.winner, said.steps, said.height], rows: results },
      functions: [...sceneScript, ...placingFunctions, ...betFunctions, mountRace],
      values: [
        code,
        JSON.stringify({ races, odds, wins, training, chips, live: words[lang].live }),
      ],
    },
    { caption, alt },
    lang,
  );
}

/** Starts at random places around the surface's own, inside its box. */
function startsAround(
  { start, box, dimensions }: Surface,
  spread: number,
  seed: number,
  count: number,
): [number, number][] {
  const random = rng(seed);
  const near = (value: number, [from, to]: [number, number]) => {
    const moved = value + (2 * random() - 1) * spread * (to - from);
    return +Math.min(Math.max(moved, from), to).toFixed(3);
  };
  return Array.from({ length: count }, () => [
    near(start[0], box.x),
    dimensions === 1 ? 0 : near(start[1], box.y),
  ]);
}
