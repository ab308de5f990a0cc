/** Scenes in Node: what their walks are, and the code that walks them in the page. */
import { sceneCode } from "./live-code.ts";
import { contourFunctions } from "./live-contour.ts";
import { lossFunctions } from "./live-losses.ts";
import { drawGround, mapFunctions } from "./live-map.ts";
import { drawing, firstSetting, sceneFunctions, walkAll } from "./live-scene.ts";
import { stageFunctions } from "./live-stage.ts";
import { type Scene, type Walk, walkFunctions } from "./live-walk.ts";
import type { SceneOptions } from "./live.ts";
import type { Lang } from "./record.ts";
import { words } from "./words.ts";

/** Everything that walks and draws a scene, for the page. */
export const sceneScript = [
  ...walkFunctions,
  ...contourFunctions,
  ...mapFunctions,
  ...lossFunctions,
  ...sceneFunctions,
  ...stageFunctions,
];

/** The scene that a page will evaluate from the same code. */
export function readScene(code: string): Scene {
  return new Function(`return ${code}`)() as Scene;
}

export function openScene(options: SceneOptions): { code: string; scene: Scene } {
  const code = sceneCode(options);
  return { code, scene: readScene(code) };
}

/** The walks from a start, with the sliders at their first values. */
export function walksFrom(scene: Scene, start: [number, number] = scene.start): Walk[] {
  return walkAll(scene, { ...firstSetting(scene), start }) as Walk[];
}

/** The map alone, `walks` being what is drawn over it. */
export function drawMap(scene: Scene, lang: Lang, walks: string, start = ""): string {
  const { values } = firstSetting(scene);
  const ground = drawGround(scene, values, words[lang].live.axes);
  return drawing({ ground, walks, start });
}
