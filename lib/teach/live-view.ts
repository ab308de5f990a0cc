import { createHash } from "node:crypto";
import type { MimeBundle } from "./display.ts";
import { type FigureText, picture } from "./figure.ts";
import { scriptSafe } from "./html.ts";
import { contourFunctions } from "./live-contour.ts";
import { lossFunctions } from "./live-losses.ts";
import { drawGround, layout, mapFunctions } from "./live-map.ts";
import { mountLive } from "./live-page.ts";
import {
  drawing,
  drawParts,
  firstSetting,
  type LiveWords,
  readout,
  sceneFunctions,
  walkAll,
} from "./live-scene.ts";
import { type Scene, walkFunctions } from "./live-walk.ts";
import { inlineToHtml, markdownToText } from "./markdown.ts";
import { toPng } from "./png.ts";
import type { Lang } from "./record.ts";
import { inlineStyles, styleElement } from "./style.ts";
import { words } from "./words.ts";

/** Everything that runs in the page, as it runs here. */
const pageFunctions = [
  ...walkFunctions,
  ...contourFunctions,
  ...mapFunctions,
  ...lossFunctions,
  ...sceneFunctions,
  mountLive,
];

/** A scene's code becomes a still picture for everyone and, where scripts run, a live figure. */
export async function liveBundle(
  code: string,
  { caption, alt }: FigureText,
  lang: Lang,
): Promise<MimeBundle> {
  const said = words[lang].live;
  const scene = new Function(`return ${code}`)() as Scene;
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
      `<script>(() => {\n${scriptSafe(pageFunctions.map(String).join("\n"))}\n`,
      `mountLive("${key}", ${scriptSafe(code)}, ${scriptSafe(JSON.stringify(said))});`,
      "\n})();</script>",
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
