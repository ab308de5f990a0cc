/**
 * The two note types. Their ids, names and fields are frozen: whoever imported an earlier deck has
 * them, and Anki matches notes by them. Templates and style may change.
 */
export interface NoteType {
  id: number;
  name: string;
  /** Anki's number for the kind. */
  kind: 0 | 1;
  fields: readonly string[];
  front: string;
  back: string;
}

export const basic: NoteType = {
  id: 1_700_000_000_001,
  name: "Downhill",
  kind: 0,
  fields: ["Front", "Back", "Chapter", "Lang", "Id"],
  front: page("{{Front}}"),
  back: page('{{Front}}<hr id="answer"><div class="back">{{Back}}</div>'),
};

export const cloze: NoteType = {
  id: 1_700_000_000_002,
  name: "Downhill cloze",
  kind: 1,
  fields: ["Text", "Back", "Chapter", "Lang", "Id"],
  front: page("{{cloze:Text}}"),
  back: page('{{cloze:Text}}<hr id="answer"><div class="back">{{Back}}</div>'),
};

export const noteTypes: readonly NoteType[] = [basic, cloze];

/** The language is said so that Chinese characters get Chinese shapes. */
function page(content: string): string {
  return (
    `<article lang="{{Lang}}"><header>{{Chapter}}</header>` +
    `<div class="side">${content}</div></article>`
  );
}

export const css = `
.card {
  --paper: #fbfaf7; --sheet: #ffffff; --ink: #24292f; --soft: #6b7480;
  --accent: #0072b2; --good: #00875f; --line: #e3e1da; --code: #f1efe9;
  margin: 0; padding: 1.2em 0.8em;
  background: var(--paper); color: var(--ink);
  font-family: -apple-system, "Segoe UI", "Noto Sans", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif;
  font-size: 19px; line-height: 1.7; text-align: left;
}
.card.nightMode, .card.night_mode {
  --paper: #16181b; --sheet: #202327; --ink: #e8e6e1; --soft: #9aa3ad;
  --accent: #56b4e9; --good: #2fc79b; --line: #3a3f45; --code: #2b2f34;
}
article {
  max-width: 36em; margin: 0 auto; padding: 1em 1.4em 1.2em;
  background: var(--sheet); border: 1px solid var(--line); border-top: 4px solid var(--accent);
  border-radius: 12px; box-shadow: 0 2px 10px rgba(0, 0, 0, 0.08);
}
header { color: var(--soft); font-size: 0.72em; letter-spacing: 0.03em; margin-bottom: 0.6em; }
p { margin: 0.5em 0; }
code {
  padding: 0.1em 0.35em; border-radius: 5px; background: var(--code);
  font: 0.86em/1.5 "JetBrains Mono", "Cascadia Code", Menlo, Consolas, "Noto Sans Mono CJK SC",
    monospace;
}
strong { color: var(--accent); }
hr#answer { margin: 1em 0; border: none; border-top: 2px dashed var(--line); }
.back { animation: rise 0.25s ease-out; }
.cloze { color: var(--good); font-weight: 700; }
mjx-container { max-width: 100%; overflow-x: auto; overflow-y: hidden; }
.mobile .card { font-size: 17px; }
@keyframes rise { from { opacity: 0; transform: translateY(6px); } }
@media (prefers-reduced-motion: reduce) { .back { animation: none; } }
`.trim();
