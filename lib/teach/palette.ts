/**
 * Okabe and Ito's colours, told apart with every kind of colour vision, each with a dash of its own
 * so that a line is never known by its colour alone. The first five are the book's series.
 */
export const palette = {
  colors: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"],
  dashes: ["none", "7 3", "2 3", "9 3 2 3", "12 4"],
} as const;
