import { make, makeButton } from "../page-elements.ts";

/** What is bet on: a row with what is known of it. */
export interface Field {
  label: string;
  /** Its colour, where it has one. */
  color?: string;
  cells: string[];
}

export interface Bets {
  table: HTMLElement;
  /** The chips on each field. */
  stakes: number[];
  /** The chips in the hand. */
  purse(): number;
  /** No more bets. */
  close(): void;
}

/** A table of fields to bet on: each number key puts ten chips there, 0 takes all back. */
export function betTable(
  heads: string[],
  fields: Field[],
  chips: number,
  words: { stake: string; takeBack: string },
  changed: (purse: number) => void,
): Bets {
  const CHIPS = 10;
  const stakes = fields.map(() => 0);
  const purse = () => chips - stakes.reduce((sum, stake) => sum + stake, 0);
  let open = true;
  const table = make("table", "downhill-bets");
  const head = make("tr", "");
  head.append(...[...heads, words.stake].map((text) => make("th", "", text, { scope: "col" })));
  const body = make("tbody", "");
  const shown = fields.map(({ label, color, cells }, i) => {
    const row = make("tr", "");
    const button = makeButton("downhill-pick", "", () => {
      const more = Math.min(CHIPS, purse());
      if (!open || more === 0) return;
      stakes[i]! += more;
      update();
    });
    if (i < 9) {
      button.dataset.number = String(i + 1);
      button.append(make("kbd", "", String(i + 1)), " ");
    }
    if (color !== undefined) {
      const dot = make("span", "", "● ");
      dot.style.color = color;
      button.append(dot);
    }
    button.append(label);
    const stake = make("td", "downhill-stake");
    const first = make("td", "");
    first.append(button);
    row.append(first, ...cells.map((text) => make("td", "", text)), stake);
    body.append(row);
    return stake;
  });
  const thead = make("thead", "");
  thead.append(head);
  table.append(thead, body);
  const back = makeButton("downhill-pick", "", () => {
    if (!open) return;
    stakes.fill(0);
    update();
  });
  back.dataset.number = "0";
  back.append(make("kbd", "", "0"), ` ${words.takeBack}`);
  const board = make("div", "downhill-board");
  board.append(table, back);
  const update = () => {
    shown.forEach((cell, i) => {
      const coins = "●".repeat(Math.ceil(stakes[i]! / CHIPS));
      cell.textContent = stakes[i] === 0 ? "" : `${coins} ${stakes[i]}`;
    });
    changed(purse());
  };
  const close = () => {
    open = false;
    for (const button of board.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", "true");
    }
  };
  return { table: board, stakes, purse, close };
}

/** Everything above that a page needs, by its own text. */
export const betFunctions = [betTable];
