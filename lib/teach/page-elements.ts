/** What the scripts of the outputs share; runs in the page, as its own text. */
import type { SceneSlider } from "./live-walk.ts";

/** The first output of this kind and key that no script has taken yet. */
export function takeHost(kind: string, key: string): HTMLElement | null {
  const host = document.querySelector<HTMLElement>(
    `.downhill-${kind}[data-key="${key}"]:not([data-ready])`,
  );
  if (host !== null) host.dataset.ready = "true";
  return host;
}

/** JupyterLab would take keys for its own commands; it asks the focused element itself. */
export function keepKeys(element: Element): void {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
  attributes: Record<string, string> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (element.tabIndex >= 0 || "tabindex" in attributes) keepKeys(element);
  return element;
}

export function makeButton(className: string, text: string, act: () => void): HTMLButtonElement {
  const button = make("button", className, text, { type: "button" });
  button.addEventListener("click", act);
  return button;
}

/** A slider with its name and its value; `show` puts it where `read` says. */
export function makeSlider(
  slider: SceneSlider,
  read: () => number,
  print: (value: number) => string,
  moved: (value: number) => void,
): { row: HTMLElement; show: () => void } {
  const position = (value: number) => (slider.log ? Math.log10(value) : value);
  const row = make("label", "downhill-slider");
  const input = make("input", "", "", {
    type: "range",
    min: String(position(slider.min)),
    max: String(position(slider.max)),
    step: String(slider.step),
  });
  const output = make("output", "");
  const say = (value: number) => {
    output.textContent = print(value);
    input.setAttribute("aria-valuetext", print(value));
  };
  input.addEventListener("input", () => {
    const value = slider.log ? 10 ** Number(input.value) : Number(input.value);
    say(value);
    moved(value);
  });
  row.append(make("span", "downhill-name", slider.label), input, output);
  const show = () => {
    input.value = String(position(read()));
    say(read());
  };
  return { row, show };
}

/** Everything above that a page needs, by its own text. */
export const elementFunctions = [takeHost, keepKeys, make, makeButton, makeSlider];
