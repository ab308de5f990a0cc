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
 * A script that runs a function of ours in the page. The function travels as its own text, so it
 * may use nothing but its arguments and what a browser has.
 */
export function inlineScript(run: (...values: never[]) => void, ...values: string[]): string {
  return `<script>(${scriptSafe(String(run))})(${values.map(scriptSafe).join(", ")});</script>`;
}

/** Code in which nothing can end the script element around it. */
export function scriptSafe(code: string): string {
  return code.replace(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--");
}
