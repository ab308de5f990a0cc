import { type Displayable, displayable } from "./display.ts";

/**
 * Flashcards of the open chapter, in place: the front, and the back behind one click.
 *
 *     card("ch06-01", "ch06-02")
 */
export function card(...ids: string[]): Displayable {
  return displayable(() => ({ "text/plain": ids.join() }));
}
