/** A live figure's scene as the text of an expression that Node and the page evaluate. */
import { tensor } from "../autograd/index.ts";
import {
  type Options,
  type OptionValue,
  printJs,
  type Rule,
  settings,
  specialise,
  unknown,
} from "../kernels/index.ts";
import type { SceneSlider } from "./live-walk.ts";
import type { SceneOptions, Slider, Walker } from "./live.ts";
import { palette } from "./palette.ts";

/** The code of a `Scene`. Throws for options that the optimizer or the surface does not have. */
export function sceneCode(options: SceneOptions): string {
  const { surface, walkers, sliders, start = surface.start, steps, goal = 1e-6 } = options;
  check(options);
  const { source, box, minima, dimensions } = surface;
  const loops = Object.entries(walkers).map(([label, walker], i) =>
    walkerCode(label, walker, sliders, i),
  );
  return objectCode({
    surface: objectCode({
      dimensions,
      box: JSON.stringify(box),
      minima: JSON.stringify(minima),
      parameters: JSON.stringify(source.parameters),
      value: source.value,
      gradient: source.gradient,
    }),
    walkers: `[${loops.join(",\n")}]`,
    sliders: JSON.stringify(Object.entries(sliders).map(([name, slider]) => place(name, slider))),
    start: JSON.stringify(start),
    steps,
    goal,
  });
}

/** The loop that is printed from the rule, and what a page must know to call it. */
function walkerCode(
  label: string,
  { optimizer, options = {} }: Walker,
  sliders: SceneOptions["sliders"],
  index: number,
): string {
  const { rule } = optimizer;
  // A slider's far end keeps the branches that its 0 would remove (`if momentum != 0`).
  const farEnd = withSliders(rule, options, sliders);
  // The optimizer refuses what it refuses in a training loop, in the same words.
  new optimizer([tensor([0])] as never, farEnd as never);
  const program = specialise(rule, farEnd, "float64");
  const { prelude, source } = printJs(program);
  const starts = Object.entries(rule.state).map(([name, { start = 0 }]) => [name, start]);
  return objectCode({
    label: JSON.stringify(label),
    color: JSON.stringify(palette.colors[index]),
    dash: JSON.stringify(palette.dashes[index]),
    arrays: JSON.stringify(program.arrays.map(({ name }) => name)),
    cells: JSON.stringify(program.cells.map(({ name }) => name)),
    inputs: JSON.stringify(program.inputs),
    starts: JSON.stringify(Object.fromEntries(starts)),
    settings: JSON.stringify(settings(rule, options)),
    step: prelude === "" ? source : `(() => {\n${prelude}\nreturn ${source};\n})()`,
  });
}

/** The options with every slider at its far end. */
function withSliders(rule: Rule, options: Options, sliders: SceneOptions["sliders"]): Options {
  const moved: Record<string, OptionValue> = { ...options };
  for (const [name, { max }] of Object.entries(sliders)) {
    const whole = Object.keys(rule.parts ?? {}).find((key) => rule.parts![key]!.includes(name));
    if (name in rule.defaults) moved[name] = max;
    if (whole === undefined) continue;
    const values = (moved[whole] ?? rule.defaults[whole]) as readonly number[];
    moved[whole] = values.map((value, i) => (rule.parts![whole]![i] === name ? max : value));
  }
  return moved;
}

function place(name: string, slider: Slider): SceneSlider {
  const { min, max, value, log = false, label = name } = slider;
  const range = log ? Math.log10(max / min) : max - min;
  return { name, label, min, max, value, log, step: slider.step ?? roundStep(range / 200) };
}

/** The largest of 1, 2, 5, 10, ... times a power of ten that is not above a number. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [5, 2, 1].find((m) => m * power <= rough) ?? 1;
  return +(factor * power).toPrecision(1);
}

function objectCode(fields: Record<string, string | number>): string {
  const lines = Object.entries(fields).map(([name, code]) => `${name}: ${code}`);
  return `{\n${lines.join(",\n")}\n}`;
}

function check({ surface, walkers, sliders, steps }: SceneOptions): void {
  const labels = Object.keys(walkers);
  if (labels.length < 1 || labels.length > palette.colors.length) {
    throw new Error(`live: ${labels.length} walkers. One to five can be told apart`);
  }
  if (!(Number.isInteger(steps) && steps > 0)) {
    throw new Error(`steps: ${steps}. Must be a whole number, at least 1`);
  }
  const rules = Object.values(walkers).map(({ optimizer }) => optimizer.rule);
  const movable = [...rules.flatMap(numericOptions), ...Object.keys(surface.source.parameters)];
  for (const [name, { min, max, value, log }] of Object.entries(sliders)) {
    if (!movable.includes(name)) throw new Error(unknown("slider", name, [...new Set(movable)]));
    const order = min < max && value >= min && value <= max;
    if (order && !(log && min <= 0)) continue;
    throw new Error(
      `slider: ${name} from ${min} to ${max} at ${value}. ` +
        "The value must lie between, and a log slider above 0",
    );
  }
}

/** The names that a slider can move: options with one number, and the parts of the others. */
function numericOptions(rule: Rule): string[] {
  const values = settings(rule);
  return Object.keys(values).filter((name) => typeof values[name] === "number");
}
