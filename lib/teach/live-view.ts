import { createHash } from "node:crypto";
import type { MimeBundle } from "./display.ts";
import { type FigureText, picture } from "./figure.ts";
import { pageScript } from "./html.ts";
import { drawGround, layout } from "./live-map.ts";
import { mountLive } from "./live-page.ts";
import {
  drawing,
  drawParts,
  firstSetting,
  type LiveWords,
  readout,
  walkAll,
} from "./live-scene.ts";
import type { Scene } from "./live-walk.ts";
import { inlineToHtml, markdownToText } from "./markdown.ts";
import { elementFunctions } from "./page-elements.ts";
import { toPng } from "./png.ts";
import type { Lang } from "./record.ts";
import { readScene, sceneScript } from "./scenes.ts";
import { inlineStyles, styleElement } from "./style.ts";
import { words } from "./words.ts";

/** A scene's code becomes a still picture for everyone and, where scripts run, a live figure. */
export async function liveBundle(
  code: string,
  { caption, alt }: FigureText,
  lang: Lang,
): Promise<MimeBundle> {
  const said = words[lang].live;
  const scene = readScene(code);
  const { svg, table, text } = still(scene, said);
  const html = [
    inlineToHtml(caption),
    picture({ svg, width: layout().width }, alt),
    table,
    code,
  ] as const;
  const key = createHash("sha256").update(html.join("")).digest("hex").slice(0, 12);
  return {
    "text/html": [
      `<figure class="downhill-live" lang="${lang}" data-key="${key}" style="margin:0.6em 0">`,
      `<div class="downhill-stage">${html[1]}</div><div class="downhill-readout">${table}</div>`,
      `<p class="downhill-hint" style="${inlineStyles.hint}">${words[lang].untrusted}</p>`,
      `<figcaption style="max-width:46em">${html[0]}</figcaption></figure>`,
      styleElement("live"),
      pageScript([...sceneScript, ...elementFunctions, mountLive], "mountLive", [
        JSON.stringify(key),
        code,
        JSON.stringify(said),
      ]),
    ].join(""),
    "image/png": await toPng(svg),
    "text/plain": `${markdownToText(caption)}\n[${alt}]\n${text}`,
  };
}

/** The first setting, drawn here. */
function still(scene: Scene, said: LiveWords) {
  const setting = firstSetting(scene);
  const walks = walkAll(scene, setting);
  const ground = drawGround(scene, setting.values, said.axes);
  const svg = drawing({ ground, ...drawParts(scene, setting, walks, said) });
  const text = walks.map((walk, i) => {
    const arrived = walk?.arrived ?? said.notYet;
    return `${scene.walkers[i]!.label}: ${arrived}, ${said.manners[walk!.style]}`;
  });
  return { svg, table: readout(scene, walks, said), text: text.join("\n") };
}
