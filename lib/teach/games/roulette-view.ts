import type { MimeBundle } from "../display.ts";
import { drawGround, layout } from "../live-map.ts";
import { drawing, drawParts, firstSetting, twoDigits, walkAll } from "../live-scene.ts";
import type { Lang } from "../record.ts";
import { openScene, sceneScript } from "../scenes.ts";
import { words } from "../words.ts";
import { betFunctions } from "./bets-page.ts";
import { payoffFunctions, payoffs } from "./payoff.ts";
import { mountRoulette } from "./roulette-page.ts";
import type { RouletteOptions } from "./roulette.ts";
import { gameBundle, tableHtml } from "./view.ts";
import { gameWords } from "./words.ts";

export async function rouletteBundle(options: RouletteOptions, lang: Lang): Promise<MimeBundle> {
  const { mountains, optimizer, lrs, steps, chips = 100, caption, alt } = options;
  check(options);
  const said = gameWords[lang].roulette;
  const live = words[lang].live;
  const spins = Object.entries(mountains).map(([name, surface]) => {
    const walkers = {
      [optimizer.name]: { optimizer, options: { ...options.options, lr: lrs[0]! } },
    };
    return { name, ...openScene({ surface, walkers, sliders: {}, steps }) };
  });
  const { scene } = spins[0]!;
  const setting = firstSetting(scene);
  const ground = drawGround(scene, setting.values, live.axes);
  const walks = walkAll(scene, setting);
  const svg = drawing({ ground, ...drawParts(scene, setting, walks, live) });
  const rows = spins.flatMap(({ name, scene }) =>
    payoffs(scene, lrs).map(({ height, pays }, i) => [
      name,
      String(lrs[i]),
      height === Infinity ? "∞" : twoDigits(height),
      `× ${pays}`,
    ]),
  );
  const scenes = spins.map(({ name, code }) => `{name: ${JSON.stringify(name)}, scene: ${code}}`);
  return gameBundle(
    {
      name: "roulette",
      drawing: { svg, width: layout().width },
      board: tableHtml({ head: [said.lr], rows: lrs.map((lr) => [String(lr)]) }),
      solution: { head: [said.mountain, said.lr, said.ends, said.pays], rows },
      functions: [...sceneScript, ...payoffFunctions, ...betFunctions, mountRoulette],
      values: [`[${scenes.join(",\n")}]`, JSON.stringify({ lrs, chips, live })],
    },
    { caption, alt },
    lang,
  );
}

function check({ mountains, lrs }: RouletteOptions): void {
  if (Object.keys(mountains).length === 0) {
    throw new Error("roulette: no mountain. Give one for each spin");
  }
  if (lrs.length < 2 || lrs.length > 9) {
    throw new Error(`roulette: ${lrs.length} learning rates. Two to nine have a number key each`);
  }
}
