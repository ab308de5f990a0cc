import { rng } from "../../autograd/index.ts";
import type { MimeBundle } from "../display.ts";
import { inset, layout, onMap, polyline, px } from "../live-map.ts";
import { firstSetting, threeDigits } from "../live-scene.ts";
import type { Scene, Walk } from "../live-walk.ts";
import type { Lang } from "../record.ts";
import { fill } from "./page.ts";
import { mountGuess } from "./guess-page.ts";
import type { GuessOptions } from "./guess.ts";
import { drawMap, openScene, walksFrom } from "../scenes.ts";
import { gameBundle } from "./view.ts";
import { gameWords, type GuessWords } from "./words.ts";

const MAP_WIDTH = 480;

export async function guessBundle(options: GuessOptions, lang: Lang): Promise<MimeBundle> {
  const { surface, walkers, steps, seed = 1, start = surface.start, caption, alt } = options;
  const said = gameWords[lang].guess;
  const names = Object.keys(walkers);
  if (names.length < 2) throw new Error(`guess: ${names.length} walkers. Two to five are a game`);
  const order = shuffled(names, seed);
  const shuffledWalkers = Object.fromEntries(order.map((name) => [name, walkers[name]!]));
  const { scene } = openScene({ surface, walkers: shuffledWalkers, sliders: {}, start, steps });
  const walks = walksFrom(scene);
  const clues = cluesOf(scene, walks, said);
  const svg = cropped(drawMap(scene, lang, drawPaths(scene, walks)));
  const paths = order.map((name, i) => ({ letter: letterOf(i), name, clues: clues[i]! }));
  return gameBundle(
    {
      name: "guess",
      drawing: { svg, width: MAP_WIDTH },
      solution: {
        head: [said.path, said.optimizer, said.clue],
        rows: paths.map(({ letter, name, clues: [first] }) => [letter, name, first!]),
      },
      functions: [mountGuess],
      values: [JSON.stringify({ names, paths })],
    },
    { caption, alt },
    lang,
  );
}

const letterOf = (index: number) => String.fromCharCode(65 + index);

/** The same items in an order that the seed decides. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = rng(seed);
  const all = [...items];
  for (let k = all.length - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [all[k], all[other]] = [all[other]!, all[k]!];
  }
  return all;
}

/** What can be said of a path in one number, and how it is said. */
function features(scene: Scene, walk: Walk, said: GuessWords): { value: number; text: string }[] {
  const lengths = walk.points.slice(1).map(([x, y], k) => {
    const [a, b] = walk.points[k]!;
    return { x: Math.abs(x - a), y: Math.abs(y - b), length: Math.hypot(x - a, y - b) };
  });
  const first = lengths[0] ?? { x: 0, y: 0, length: 0 };
  const growth = Math.max(...lengths.map(({ length }) => length)) / (first.length || 1);
  const turns = turnsOf(walk);
  const [x, y] = walk.points.at(-1)!;
  const far = Math.min(...scene.surface.minima.map(([a, b]) => Math.hypot(x - a, y - b)));
  const show = (value: number) => (value >= 1e-3 ? threeDigits(value) : value.toExponential(1));
  const { clues } = said;
  return [
    { value: first.length, text: fill(clues.first, { x: show(first.x), y: show(first.y) }) },
    { value: growth, text: fill(clues.growth, { n: threeDigits(growth) }) },
    { value: turns + 1, text: fill(clues.turns, { n: turns }) },
    walk.arrived === null
      ? { value: scene.steps * (1 + far / scene.goal), text: fill(clues.far, { n: show(far) }) }
      : { value: walk.arrived, text: fill(clues.arrived, { n: walk.arrived }) },
  ];
}

function turnsOf({ points }: Walk): number {
  const turns = [0, 1].map(
    (i) =>
      points.filter((point, k) => {
        if (k < 2) return false;
        const before = points[k - 1]![i]! - points[k - 2]![i]!;
        return before * (point[i]! - points[k - 1]![i]!) < 0;
      }).length,
  );
  return Math.max(...turns);
}

/** The clues of each path, first what sets it farthest apart from every other. */
function cluesOf(scene: Scene, walks: Walk[], said: GuessWords): string[][] {
  const all = walks.map((walk) => features(scene, walk, said));
  return all.map((own, i) => {
    const apart = own.map(({ value }, f) =>
      Math.min(
        ...all.flatMap((other, j) =>
          j === i ? [] : [Math.abs(Math.log((value || 1e-300) / (other[f]!.value || 1e-300)))],
        ),
      ),
    );
    return own
      .map((_, f) => f)
      .sort((a, b) => apart[b]! - apart[a]!)
      .map((f) => own[f]!.text);
  });
}

/** Each path in a group of its own, with its letter where it is farthest from the other paths. */
function drawPaths(scene: Scene, walks: Walk[]): string {
  const { values } = firstSetting(scene);
  const pixels = walks.map(({ points }) => points.map((point) => onMap(scene, values, point)));
  const places: [number, number][] = [];
  const groups = pixels.map((own, i) => {
    const others = pixels.filter((_, j) => j !== i);
    const place = letterPlace(own, others, places);
    places.push(place);
    const { color, dash } = scene.walkers[i]!;
    const dots = own.map(([x, y]) => `M${px(x)},${px(y)}h0`).join("");
    const [x, y] = place.map(px);
    return (
      `<g class="dh-path"><path d="${polyline(own)}" class="walk" stroke="${color}"` +
      ` stroke-dasharray="${dash}"/>` +
      (own.length <= 101 ? `<path d="${dots}" class="dots" stroke="${color}"/>` : "") +
      `<circle cx="${x}" cy="${y}" r="10" fill="#fff" stroke="${color}" stroke-width="2.5"/>` +
      `<text x="${x}" y="${px(place[1] + 4.5)}" font-weight="700">${letterOf(i)}</text></g>`
    );
  });
  return inset(layout().map, groups.join(""));
}

/** The point of a path, well inside the map, that is farthest from all others and their letters. */
function letterPlace(
  own: [number, number][],
  others: [number, number][][],
  letters: [number, number][],
): [number, number] {
  const { width, height } = layout().map;
  const inside = own.filter(([x, y]) => x > 12 && x < width - 12 && y > 12 && y < height - 12);
  const room = ([x, y]: [number, number]) => {
    const gap = ([a, b]: [number, number]) => Math.hypot(x - a, y - b);
    const toPaths = Math.min(...others.flat().map(gap), 40);
    return Math.min(toPaths, ...letters.map((letter) => gap(letter) - 8));
  };
  return inside.reduce(
    (best, point) => (room(point) > room(best) ? point : best),
    inside[0] ?? own[0]!,
  );
}

/** The map without the losses beside it. */
function cropped(svg: string): string {
  const { width, height } = layout();
  return svg
    .replace(
      `width="${width}" height="${height}" viewBox="0 0 ${width}`,
      `width="${MAP_WIDTH}" height="${height}" viewBox="0 0 ${MAP_WIDTH}`,
    )
    .replace(`<rect width="${width}"`, `<rect width="${MAP_WIDTH}"`);
}
