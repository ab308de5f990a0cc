import type { MimeBundle } from "../display.ts";
import { drawGround, layout } from "../live-map.ts";
import { drawing, drawParts, firstSetting, threeDigits } from "../live-scene.ts";
import { type Numbers, type Scene, type SceneSlider, walk } from "../live-walk.ts";
import type { Lang } from "../record.ts";
import { openScene, sceneScript } from "../scenes.ts";
import { words } from "../words.ts";
import { fill } from "./page.ts";
import { type Judge, score, scoreFunctions } from "./score.ts";
import { mountTune } from "./tune-page.ts";
import type { TuneOptions } from "./tune.ts";
import { gameBundle } from "./view.ts";
import { gameWords } from "./words.ts";

/** As many walks as are tried before a reader has waited for a second. */
const MOST_WALKS = 6000;

export async function tuneBundle(options: TuneOptions, lang: Lang): Promise<MimeBundle> {
  const { height = null, noCrossing = false, tries = 8, caption, alt } = options;
  if (noCrossing && options.surface.dimensions === 2) {
    throw new Error(`tune: noCrossing on ${options.surface.name}. Only a curve has two sides`);
  }
  const said = gameWords[lang].tune;
  const live = words[lang].live;
  const judge: Judge = { height, noCrossing };
  const { code, scene } = openScene(options);
  const best = records(scene, judge);
  const record = Math.min(...best.map(({ steps }) => steps));
  if (record === Infinity) {
    throw new Error("tune: no setting arrives. More steps, or sliders that reach farther");
  }
  const setting = firstSetting(scene);
  const walks = scene.walkers.map((walker) => walk(scene, walker, setting.values, scene.start));
  const ground = drawGround(scene, setting.values, live.axes);
  const svg = drawing({ ground, ...drawParts(scene, setting, walks, live, 0) });
  const rows = best.map(({ walker, values, steps }) => [
    scene.walkers[walker]!.label,
    settingText(scene.sliders, values),
    steps === Infinity ? said.never : fill(said.steps, { n: steps }),
  ]);
  return gameBundle(
    {
      name: "tune",
      drawing: { svg, width: layout().width },
      solution: { head: [said.optimizer, said.setting, said.result], rows },
      functions: [...sceneScript, ...scoreFunctions, mountTune],
      values: [code, JSON.stringify({ judge, record, tries, live })],
    },
    { caption, alt },
    lang,
  );
}

/** The best setting of each walker, every position of the sliders tried. */
function records(scene: Scene, judge: Judge) {
  const grid = product(scene.sliders);
  const walks = grid.length * scene.walkers.length;
  if (walks > MOST_WALKS) {
    throw new Error(
      `tune: ${walks} settings to try. At most ${MOST_WALKS}: give the sliders a larger step`,
    );
  }
  return scene.walkers.map((walker, index) => {
    let best = { walker: index, values: grid[0]!, steps: Infinity };
    for (const values of grid) {
      const steps = score(scene, judge, walk(scene, walker, values, scene.start));
      if (typeof steps === "number" && steps < best.steps) best = { walker: index, values, steps };
    }
    return best;
  });
}

/** Every combination of positions, as the sliders of a page would have them. */
function product(sliders: SceneSlider[]): Numbers[] {
  return sliders.reduce<Numbers[]>(
    (all, slider) =>
      all.flatMap((values) =>
        positions(slider).map((value) => ({ ...values, [slider.name]: value })),
      ),
    [{}],
  );
}

function positions({ min, max, step, log }: SceneSlider): number[] {
  const [from, to] = log ? [Math.log10(min), Math.log10(max)] : [min, max];
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  // A range input reports its value as a decimal fraction, rounded as this is.
  const at = (k: number) => +(from + k * step).toFixed(12);
  return Array.from({ length: count }, (_, k) => (log ? 10 ** at(k) : at(k)));
}

function settingText(sliders: SceneSlider[], values: Numbers): string {
  return sliders.map(({ name, label }) => `${label} ${threeDigits(values[name]!)}`).join(", ");
}
