import { drawGround, layout, mapScale } from "./live-map.ts";
import {
  drawParts,
  firstSetting,
  type LiveWords,
  readout,
  threeDigits,
  walkAll,
} from "./live-scene.ts";
import { openStage } from "./live-stage.ts";
import type { Scene } from "./live-walk.ts";
import { keepKeys, make, makeButton, makeSlider, takeHost } from "./page-elements.ts";

/** Brings the first still figure of this key to life. Runs in the page. */
export function mountLive(key: string, scene: Scene, words: LiveWords): void {
  const host = takeHost("live", key);
  if (host === null) return;
  let setting = firstSetting(scene);

  const place = host.querySelector<HTMLElement>(".downhill-stage")!;
  const table = host.querySelector<HTMLElement>(".downhill-readout")!;
  table.setAttribute("aria-live", "polite");
  const stage = openStage(place);

  let waiting = false;
  let newGround = false;
  const redraw = (ground = false): void => {
    newGround ||= ground;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (newGround) stage.show({ ground: drawGround(scene, setting.values, words.axes) });
      newGround = false;
      const walks = walkAll(scene, setting);
      stage.show(drawParts(scene, setting, walks, words));
      table.innerHTML = readout(scene, walks, words);
    });
  };

  const controls = make("div", "downhill-controls");
  const shows: (() => void)[] = [];
  for (const slider of scene.sliders) {
    const read = () => setting.values[slider.name]!;
    const { row, show } = makeSlider(slider, read, threeDigits, (value) => {
      setting.values[slider.name] = value;
      redraw(slider.name in scene.surface.parameters);
    });
    controls.append(row);
    shows.push(show);
  }

  const buttons = make("div", "downhill-buttons");
  if (scene.walkers.length > 1) {
    scene.walkers.forEach(({ label, color }, i) => {
      const button = makeButton("downhill-toggle", "", () => {
        setting.shown[i] = !setting.shown[i];
        shows.forEach((show) => show());
        redraw();
      });
      const dot = make("span", "", "● ");
      dot.style.color = color;
      button.append(dot, label);
      shows.push(() => button.setAttribute("aria-pressed", String(setting.shown[i])));
      buttons.append(button);
    });
  }
  const reset = makeButton("downhill-reset", words.reset, () => {
    setting = firstSetting(scene);
    shows.forEach((show) => show());
    moveTo(...setting.start);
    redraw(true);
  });
  buttons.append(reset);
  controls.append(buttons);
  place.after(controls);

  // The start can be dragged, and moved with the arrow keys.
  const handle = stage.part("start");
  const scale = mapScale(scene);
  const { map, width } = layout();
  const { box, dimensions } = scene.surface;
  const moveTo = (x: number, y: number): void => {
    const within = (value: number, [from, to]: number[]) => Math.min(Math.max(value, from!), to!);
    setting.start = [within(x, box.x), dimensions === 1 ? 0 : within(y, box.y)];
    handle.setAttribute(
      "aria-label",
      `${words.start} (${setting.start.map(threeDigits).join(", ")})`,
    );
    redraw();
  };
  keepKeys(handle);
  handle.setAttribute("tabindex", "0");
  handle.setAttribute("role", "button");
  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const frame = stage.svg.getBoundingClientRect();
    const zoom = width / frame.width;
    moveTo(
      scale.unX((event.clientX - frame.left) * zoom - map.left),
      scale.unY((event.clientY - frame.top) * zoom - map.top),
    );
  });
  handle.addEventListener("keydown", (event) => {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = setting.start;
    moveTo(x + (move[0] * (box.x[1] - box.x[0])) / 50, y + (move[1] * (box.y[1] - box.y[0])) / 50);
  });

  const hint = host.querySelector(".downhill-hint");
  if (hint) hint.textContent = words.hint;
  reset.click();
}
