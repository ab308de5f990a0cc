/** Text inside HTML, or inside an attribute between double quotes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (sign) => entities[sign]!);
}

/** A value as an attribute that a page's script reads back with JSON.parse. */
export function jsonAttribute(value: unknown): string {
  return escapeHtml(JSON.stringify(value));
}

/**
 * A script that runs functions of ours in the page. They travel as their own text, so they may use
 * nothing but each other, their arguments and what a browser has.
 *
 *     pageScript([greet, mount], "mount", [JSON.stringify("here")])
 */
export function pageScript(
  functions: ((...values: never[]) => unknown)[],
  start: string,
  values: string[] = [],
): string {
  const code = [...new Set(functions.map(String)), `${start}(${values.join(", ")});`].join("\n");
  return `<script>(() => {\n${scriptSafe(code)}\n})();</script>`;
}

/** Code in which nothing can end the script element around it. */
function scriptSafe(code: string): string {
  return code.replace(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--");
}
