/** How the games look, on top of what live figures and quizzes have. */
export const games = `
.downhill-game figcaption {
  margin: 0.4em 0 0;
  padding-left: 0.8em;
  border-left: 3px solid var(--dh-accent);
}
.downhill-rules { margin: 0 0 0.6em; line-height: 1.7; }
.downhill-play {
  max-width: 46em;
  padding: 0.1em 0.6em;
  border-radius: 10px;
  outline: none;
  overflow-x: auto;
}
.downhill-play:focus-visible { outline: 2px solid var(--dh-accent); outline-offset: -2px; }
.downhill-play > * { margin: 0.6em 0 !important; }
.downhill-ask { font-weight: 600; }
.downhill-said {
  min-height: 1.6em;
  max-width: 44em;
  margin: 0.4em 0 !important;
  font-weight: 600;
  color: var(--dh-accent);
}
.downhill-game .dh-path { transition: opacity 0.2s; }
.downhill-game kbd {
  display: inline-block;
  min-width: 1.5em;
  border: 1px solid var(--dh-line);
  border-radius: 4px;
  background: var(--dh-soft);
  text-align: center;
  font: inherit;
  font-size: 0.85em;
  line-height: 1.5;
}
.downhill-pick, .downhill-go {
  padding: 0.15em 0.9em 0.15em 0.5em;
  border: 1px solid var(--dh-line);
  border-radius: 1.2em;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.downhill-pick:hover { background: var(--dh-soft); }
.downhill-buttons .downhill-go {
  padding: 0.25em 1.4em;
  border-color: var(--dh-accent);
  background: var(--dh-accent);
  color: var(--dh-on-accent);
  font-weight: 600;
}
:is(.downhill-pick, .downhill-go):focus-visible {
  outline: 2px solid var(--dh-accent);
  outline-offset: 2px;
}
.downhill-pick[aria-pressed="true"] {
  border-color: var(--dh-accent);
  background: color-mix(in srgb, var(--dh-accent) 14%, transparent);
}
.downhill-game .downhill-buttons .downhill-pick[aria-pressed="false"] {
  opacity: 1;
  text-decoration: none;
}
.downhill-pick[aria-disabled="true"] { opacity: 0.5; cursor: default; }
.downhill-buttons .downhill-pick[aria-disabled="true"] { text-decoration: line-through; }
.downhill-bets { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.downhill-bets :is(th, td) {
  padding: 0.2em 1.4em 0.2em 0;
  border: none;
  background: none;
  text-align: left;
}
.downhill-bets th { font-weight: 600; }
.downhill-stake { min-width: 9em; color: var(--dh-accent); letter-spacing: 0.05em; }
.downhill-best td { font-weight: 700; }
.downhill-bar {
  display: inline-block;
  height: 0.8em;
  margin-right: 0.6em;
  border-radius: 2px;
  background: var(--dh-accent);
}
.downhill-seed input {
  padding: 0.2em 0.6em;
  border: 1px solid var(--dh-line);
  border-radius: 6px;
  background: transparent;
  color: inherit;
  font: inherit;
}
.downhill-seed input:focus-visible { outline: 2px solid var(--dh-accent); outline-offset: 2px; }
.downhill-seed input[type="number"] { width: 7em; }
.downhill-play progress { display: block; width: 100%; height: 0.5em; accent-color: var(--dh-accent); }
.downhill-clues { padding-left: 1.4em; }
`;
