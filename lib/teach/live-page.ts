import { drawGround, layout, mapScale } from "./live-map.ts";
import {
  drawing,
  drawParts,
  firstSetting,
  type LiveWords,
  readout,
  threeDigits,
  walkAll,
} from "./live-scene.ts";
import type { Scene, SceneSlider } from "./live-walk.ts";

/** Brings the first still figure of this key to life. Runs in the page. */
export function mountLive(key: string, scene: Scene, words: LiveWords): void {
  const host = document.querySelector<HTMLElement>(
    `.downhill-live[data-key="${key}"]:not([data-ready])`,
  );
  if (host === null) return;
  host.dataset.ready = "true";
  const alt = host.querySelector("img")?.alt ?? "";
  let setting = firstSetting(scene);

  const stage = host.querySelector<HTMLElement>(".downhill-stage")!;
  const table = host.querySelector<HTMLElement>(".downhill-readout")!;
  table.setAttribute("aria-live", "polite");
  stage.innerHTML = drawing({ ground: "", walks: "", start: "" });
  const svg = stage.querySelector("svg")!;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alt);
  const part = (name: string) => svg.querySelector<SVGGElement>(`.dh-${name}`)!;

  let waiting = false;
  let newGround = false;
  const redraw = (ground = false): void => {
    newGround ||= ground;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (newGround) part("ground").innerHTML = drawGround(scene, setting.values, words.axes);
      newGround = false;
      const walks = walkAll(scene, setting);
      const parts = drawParts(scene, setting, walks, words);
      part("walks").innerHTML = parts.walks;
      part("start").innerHTML = parts.start;
      table.innerHTML = readout(scene, walks, words);
    });
  };

  // JupyterLab would take keys for its own commands; it asks the focused element itself.
  const keepKeys = (element: Element) => element.setAttribute("data-lm-suppress-shortcuts", "true");

  const make = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    className: string,
    text = "",
  ): HTMLElementTagNameMap[K] => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    if (element.tabIndex >= 0) keepKeys(element);
    return element;
  };

  const controls = make("div", "downhill-controls");
  const shows: (() => void)[] = [];
  const addSlider = (slider: SceneSlider): void => {
    const position = (value: number) => (slider.log ? Math.log10(value) : value);
    const label = make("label", "downhill-slider");
    const input = make("input", "");
    const output = make("output", "");
    input.type = "range";
    input.min = String(position(slider.min));
    input.max = String(position(slider.max));
    input.step = String(slider.step);
    const show = () => {
      const value = setting.values[slider.name]!;
      input.value = String(position(value));
      output.textContent = threeDigits(value);
      input.setAttribute("aria-valuetext", threeDigits(value));
    };
    input.addEventListener("input", () => {
      const moved = slider.log ? 10 ** Number(input.value) : Number(input.value);
      setting.values[slider.name] = moved;
      output.textContent = threeDigits(moved);
      input.setAttribute("aria-valuetext", threeDigits(moved));
      redraw(slider.name in scene.surface.parameters);
    });
    label.append(make("span", "downhill-name", slider.label), input, output);
    controls.append(label);
    shows.push(show);
  };
  scene.sliders.forEach(addSlider);

  const buttons = make("div", "downhill-buttons");
  if (scene.walkers.length > 1) {
    scene.walkers.forEach(({ label, color }, i) => {
      const button = make("button", "downhill-toggle");
      const dot = make("span", "", "● ");
      dot.style.color = color;
      button.type = "button";
      button.append(dot, label);
      button.addEventListener("click", () => {
        setting.shown[i] = !setting.shown[i];
        shows.forEach((show) => show());
        redraw();
      });
      shows.push(() => button.setAttribute("aria-pressed", String(setting.shown[i])));
      buttons.append(button);
    });
  }
  const reset = make("button", "downhill-reset", words.reset);
  reset.type = "button";
  reset.addEventListener("click", () => {
    setting = firstSetting(scene);
    shows.forEach((show) => show());
    moveTo(...setting.start);
    redraw(true);
  });
  buttons.append(reset);
  controls.append(buttons);
  stage.after(controls);

  // The start can be dragged, and moved with the arrow keys.
  const handle = part("start");
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
    const frame = svg.getBoundingClientRect();
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
