import { book } from "./book.ts";
import { type Displayable, displayable } from "./display.ts";
import { lookup } from "./known.ts";

/**
 * Flashcards of the open chapter, in place: the front, and the back behind one click.
 *
 *     card("ch06-01", "ch06-02")
 */
export function card(...ids: string[]): Displayable {
  if (ids.length === 0) throw new Error('no card named: card("ch06-01")');
  const cards = ids.map((id) => lookup("card", book.chapter.cards, id));
  const lang = book.lang;
  return displayable(async () => {
    const { cardBundle } = await import("./card-view.ts");
    return cardBundle(cards, lang);
  });
}
