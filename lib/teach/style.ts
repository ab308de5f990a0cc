import { games } from "./style-games.ts";

/**
 * How the outputs look. Inline styles survive in an untrusted notebook, but only fixed values: they
 * must read well on white and on black. The style sheets come on top where the notebook is trusted.
 */
export const inlineStyles = {
  panel:
    "max-width:46em;margin:0.6em 0;padding:0.9em 1.1em;border:1px solid rgba(128,128,128,0.4);" +
    "border-radius:10px;line-height:1.6",
  option: "margin:0.35em 0;padding:0.35em 0.7em;border-radius:6px;background:rgba(128,128,128,0.1)",
  why: "margin:0.3em 0 0.2em 1.4em",
  back: "margin:0.6em 0 0 0;padding:0.5em 0 0 0;border-top:1px solid rgba(128,128,128,0.4)",
  hint: "margin:0.5em 0 0 0;font-size:0.85em;opacity:0.7",
};

/** Colours of JupyterLab's theme where there is one, of the page's own text elsewhere. */
const base = `
.downhill-quiz, .downhill-cards, .downhill-figure, .downhill-live, .downhill-game {
  --dh-on-accent: #ffffff;
  --dh-accent: #0072b2;
  --dh-good: #007d57;
  --dh-bad: #c44e00;
  --dh-face: var(--jp-layout-color1, transparent);
  --dh-soft: color-mix(in srgb, currentColor 6%, transparent);
  --dh-line: color-mix(in srgb, currentColor 20%, transparent);
  color: var(--jp-content-font-color1, inherit);
}
:is([data-jp-theme-light="false"], .vscode-dark)
  :is(.downhill-quiz, .downhill-cards, .downhill-figure, .downhill-live, .downhill-game) {
  --dh-on-accent: #0b1b26;
  --dh-accent: #56b4e9;
  --dh-good: #2fc79b;
  --dh-bad: #ff9d5c;
}
`;

const badge = `
.downhill-badge {
  display: inline-block;
  margin-right: 0.5em;
  padding: 0 0.7em;
  border-radius: 1em;
  background: color-mix(in srgb, var(--dh-accent) 14%, transparent);
  color: var(--dh-accent);
  font-size: 0.85em;
  line-height: 1.9;
}
`;

const quiz = `
.downhill-quiz[data-ready] {
  background: var(--dh-face);
  border-color: var(--dh-line) !important;
  box-shadow: 0 1px 3px rgba(0, 0, 0, 0.08);
}
.downhill-choices { margin: 0.8em 0 0; display: grid; gap: 0.45em; }
.downhill-choice {
  display: flex;
  gap: 0.8em;
  align-items: baseline;
  padding: 0.45em 0.8em;
  border: 1px solid var(--dh-line);
  border-radius: 8px;
  cursor: pointer;
  transition: background 0.15s, border-color 0.15s;
}
.downhill-choice:hover { background: var(--dh-soft); }
.downhill-choice:focus-visible { outline: 2px solid var(--dh-accent); outline-offset: 2px; }
.downhill-choice .downhill-letter {
  flex: none;
  width: 1.7em;
  border: 1px solid currentColor;
  border-radius: 50%;
  text-align: center;
  line-height: 1.6;
  font-size: 0.85em;
}
.downhill-choice[data-verdict="right"] {
  border-color: var(--dh-good);
  background: color-mix(in srgb, var(--dh-good) 12%, transparent);
}
.downhill-choice[data-verdict="wrong"] {
  border-color: var(--dh-bad);
  border-style: dashed;
  background: color-mix(in srgb, var(--dh-bad) 9%, transparent);
}
.downhill-choice[data-verdict]::after { margin-left: auto; font-weight: 700; }
.downhill-choice[data-verdict="right"]::after { content: "✓"; color: var(--dh-good); }
.downhill-choice[data-verdict="wrong"]::after { content: "✗"; color: var(--dh-bad); }
.downhill-feedback[data-verdict] {
  position: relative;
  margin: 0.8em 0 0;
  padding: 0.5em 1em;
  border-left: 4px solid var(--dh-bad);
  background: var(--dh-soft);
}
.downhill-feedback[data-verdict="right"] { border-color: var(--dh-good); }
.downhill-feedback .downhill-verdict { margin: 0; font-weight: 600; color: var(--dh-bad); }
.downhill-feedback[data-verdict="right"] .downhill-verdict { color: var(--dh-good); }
.downhill-feedback .downhill-why { margin: 0 !important; }
.downhill-feedback .downhill-why p { margin: 0.2em 0 0; }
.downhill-feedback .downhill-mark { display: none; }
`;

/** The right answer lets a marble ring to rest on the floor of a round valley. */
const marble = `
.downhill-feedback[data-verdict="right"] { min-height: 3.4em; padding-right: 7.5em; }
.downhill-feedback[data-verdict="right"]::before,
.downhill-feedback[data-verdict="right"]::after {
  content: "";
  position: absolute;
  box-sizing: border-box;
  border-radius: 50%;
}
.downhill-feedback[data-verdict="right"]::before {
  right: 1em;
  top: -42px;
  width: 96px;
  height: 96px;
  border: 2px solid var(--dh-good);
  clip-path: inset(62% 0 0 0);
}
.downhill-feedback[data-verdict="right"]::after {
  right: calc(1em + 42px);
  top: 40px;
  width: 12px;
  height: 12px;
  background: #e69f00;
  transform-origin: 6px -34px;
  animation: downhill-ring 2.4s cubic-bezier(0.4, 0, 0.5, 1);
}
@keyframes downhill-ring {
  0% { transform: rotate(62deg); }
  25% { transform: rotate(-46deg); }
  48% { transform: rotate(31deg); }
  68% { transform: rotate(-17deg); }
  85% { transform: rotate(7deg); }
  100% { transform: none; }
}
@media (prefers-reduced-motion: reduce) {
  .downhill-feedback::after { animation: none !important; }
}
`;

const card = `
.downhill-cards {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(20em, 100%), 1fr));
  gap: 1em;
  align-items: start;
  max-width: 58em;
}
.downhill-card {
  margin: 0 !important;
  border-color: var(--dh-line) !important;
  border-top: 4px solid var(--dh-accent) !important;
  background: var(--dh-face);
  box-shadow: 0 2px 6px rgba(0, 0, 0, 0.12);
  transition: box-shadow 0.2s;
}
.downhill-card:hover { box-shadow: 0 4px 14px rgba(0, 0, 0, 0.2); }
.downhill-card[open] { border-top-color: var(--dh-good) !important; }
.downhill-card summary { list-style: none; border-radius: 4px; }
.downhill-card summary::-webkit-details-marker { display: none; }
.downhill-card summary:focus-visible { outline: 2px solid var(--dh-accent); outline-offset: 4px; }
.downhill-card p { margin: 0.5em 0; }
.downhill-card .downhill-back > :last-child { margin-bottom: 0; }
.downhill-card[open] .downhill-hint { display: none; }
.downhill-card .downhill-hint::before { content: "↻ "; }
.downhill-card[open] .downhill-back { animation: downhill-turn 0.3s ease-out; }
@keyframes downhill-turn { from { opacity: 0; transform: translateY(-0.5em); } }
@media (prefers-reduced-motion: reduce) { .downhill-back { animation: none !important; } }
`;

/** Paper stays paper, but in the dark its brightness is turned and its hues are kept. */
const figure = `
.downhill-figure figcaption {
  margin: 0.4em 0 0;
  padding-left: 0.8em;
  border-left: 3px solid var(--dh-accent);
}
:is([data-jp-theme-light="false"], .vscode-dark) .downhill-figure img {
  filter: invert(0.88) hue-rotate(180deg);
}
`;

const live = `
.downhill-live figcaption {
  margin: 0.4em 0 0;
  padding-left: 0.8em;
  border-left: 3px solid var(--dh-accent);
}
.downhill-stage > svg { max-width: 100%; height: auto; border-radius: 8px; display: block; }
:is([data-jp-theme-light="false"], .vscode-dark) .downhill-stage > :is(svg, img) {
  filter: invert(0.88) hue-rotate(180deg);
}
.downhill-live .dh-start { cursor: grab; touch-action: none; outline: none; }
.downhill-live .dh-start:active { cursor: grabbing; }
.downhill-live .dh-start:focus-visible circle { stroke: #0072b2; stroke-width: 4; }
.downhill-controls {
  display: grid;
  gap: 0.35em;
  max-width: 44em;
  margin: 0.6em 0;
  padding: 0.7em 1em;
  border: 1px solid var(--dh-line);
  border-radius: 10px;
  background: var(--dh-face);
}
.downhill-slider {
  display: grid;
  grid-template-columns: minmax(4em, 7em) 1fr 4em;
  gap: 1em;
  align-items: center;
}
.downhill-slider .downhill-name { font-family: var(--jp-code-font-family, monospace); }
.downhill-slider input { width: 100%; accent-color: var(--dh-accent); cursor: pointer; }
.downhill-slider output { font-variant-numeric: tabular-nums; font-weight: 600; }
.downhill-buttons { display: flex; flex-wrap: wrap; gap: 0.5em; margin-top: 0.2em; }
.downhill-buttons button {
  padding: 0.15em 0.9em;
  border: 1px solid var(--dh-line);
  border-radius: 1.2em;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.downhill-buttons button:hover { background: var(--dh-soft); }
.downhill-buttons button:focus-visible { outline: 2px solid var(--dh-accent); outline-offset: 2px; }
.downhill-buttons [aria-pressed="false"] { opacity: 0.45; text-decoration: line-through; }
.downhill-buttons .downhill-reset { margin-left: auto; }
.downhill-readout table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.downhill-readout th { font-weight: 600; }
.downhill-readout :is(th, td) { border: none; background: none; }
.downhill-readout td { min-width: 7em; }
.downhill-readout .dh-arrive { color: var(--dh-good); font-weight: 600; }
.downhill-readout .dh-explode { color: var(--dh-bad); font-weight: 600; }
`;

const sheets = {
  live: base + live,
  game: base + badge + live + quiz + marble + games,
  figure: base + figure,
  quiz: base + badge + quiz + marble,
  card: base + badge + card,
};

/** The style sheet of one kind of output, without needless spaces. */
export function styleElement(kind: keyof typeof sheets): string {
  return `<style>${sheets[kind].replace(/\s+/g, " ").trim()}</style>`;
}
