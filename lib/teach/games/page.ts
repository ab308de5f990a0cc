/** What the scripts of the games share; runs in the page, as its own text. */
import { keepKeys, make, makeButton, takeHost } from "../page-elements.ts";

/** A game that came to life: where its picture stands, where one plays, and what it says. */
export interface Game {
  host: HTMLElement;
  stage: HTMLElement;
  play: HTMLElement;
  /** Tells the reader, and a screen reader, what happened. */
  say(text: string): void;
  /** The last word: the solution appears. */
  end(text: string): void;
}

/**
 * Brings the first still game of this key to life. Digits press the numbered buttons and Enter the
 * one marked as the next step, wherever in the game the focus is.
 */
export function openGame(key: string): Game | null {
  const host = takeHost("game", key);
  if (host === null) return null;
  host.querySelector(":scope > .downhill-hint")?.remove();
  const solution = host.querySelector<HTMLDetailsElement>(".downhill-solution")!;
  solution.hidden = true;
  const play = host.querySelector<HTMLElement>(".downhill-play")!;
  play.tabIndex = 0;
  play.setAttribute("role", "group");
  play.setAttribute("aria-label", host.querySelector(".downhill-badge")?.textContent ?? "");
  keepKeys(play);
  const said = make("p", "downhill-said", "", { role: "status" });
  play.after(said);
  host.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const onButton = target.tagName === "BUTTON" || target.tagName === "SUMMARY";
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.tagName === "INPUT" && (target as HTMLInputElement).type !== "range") return;
    const selector = /^[0-9]$/.test(event.key)
      ? `[data-number="${event.key}"]`
      : event.key === "Enter" && !onButton
        ? ".downhill-go"
        : null;
    const button = selector && host.querySelector<HTMLButtonElement>(`.downhill-play ${selector}`);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  });
  const say = (text: string) => {
    said.textContent = text;
  };
  return {
    host,
    stage: host.querySelector<HTMLElement>(".downhill-stage")!,
    play,
    say,
    end(text) {
      solution.hidden = false;
      solution.open = true;
      say(text);
    },
  };
}

/** Replaces what one plays with, and keeps the keyboard there. */
export function showPlay({ play }: Game, ...parts: (Node | string)[]): void {
  const had = play.contains(document.activeElement);
  play.replaceChildren(...parts);
  if (had) play.focus({ preventScroll: true });
}

/** A row of buttons that digits press, too. */
export function numbered(labels: string[], pick: (index: number) => void): HTMLElement {
  const row = make("div", "downhill-buttons");
  labels.forEach((label, index) => {
    const button = makeButton("downhill-pick", "", () => {
      if (button.getAttribute("aria-disabled") !== "true") pick(index);
    });
    button.dataset.number = String(index + 1);
    button.append(make("kbd", "", String(index + 1)), ` ${label}`);
    row.append(button);
  });
  return row;
}

/** The button that goes on; Enter presses it. */
export function goButton(text: string, act: () => void): HTMLElement {
  const row = make("div", "downhill-buttons");
  row.append(makeButton("downhill-go", text, act));
  return row;
}

/** Puts values into a sentence: `fill("{n} steps", { n: 3 })`. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** Everything above that a page needs, by its own text. */
export const gameFunctions = [openGame, showPlay, numbered, goButton, fill];
