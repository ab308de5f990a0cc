/** A value's representations, by MIME type; binary ones are base64 strings. */
export type MimeBundle = Record<string, unknown>;

/** The method that Jupyter kernels for JavaScript call to show a value. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that shows itself in a notebook. */
export interface Displayable {
  [jupyterDisplay](): MimeBundle | Promise<MimeBundle>;
}

/** A displayable whose bundle is made when a notebook asks for it. */
export function displayable(make: () => MimeBundle | Promise<MimeBundle>): Displayable {
  return { [jupyterDisplay]: make };
}
