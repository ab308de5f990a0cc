import { drawing } from "./live-scene.ts";

/** A scene's drawing in the page, its parts replaced one by one. */
export interface LiveStage {
  svg: SVGSVGElement;
  part(name: "ground" | "walks" | "start"): SVGGElement;
  show(parts: Partial<Record<"ground" | "walks" | "start", string>>): void;
}

/** Puts an empty drawing in the place of the still picture, under the same alternative text. */
export function openStage(stage: HTMLElement): LiveStage {
  const alt = stage.querySelector("img")?.alt ?? "";
  stage.innerHTML = drawing({ ground: "", walks: "", start: "" });
  const svg = stage.querySelector("svg")!;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alt);
  const part = (name: string) => svg.querySelector<SVGGElement>(`.dh-${name}`)!;
  return {
    svg,
    part,
    show(parts) {
      for (const [name, content] of Object.entries(parts)) part(name).innerHTML = content;
    },
  };
}

/** Everything above that a page needs, by its own text. */
export const stageFunctions = [openStage];
