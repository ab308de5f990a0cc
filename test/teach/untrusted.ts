/**
 * What JupyterLab leaves of an output's HTML in a notebook that is not trusted: no scripts, styles
 * or drawings, no `data-*` and `aria-*`, disabled inputs.
 */
export function untrusted(html: string): string {
  return html
    .replace(/<(script|style|svg|math)\b[\s\S]*?<\/\1>/g, "")
    .replace(/ (id|data-[\w-]+|aria-[\w-]+|on\w+|role|tabindex)="[^"]*"/g, "")
    .replace(/<input\b/g, "<input disabled");
}
