import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { fromRoot } from "../../root.ts";
import { Display as Session } from "./display.ts";

/**
 * What `import * as tslab from "tslab"` gives a cell, so that notebooks written for tslab run
 * here: the display functions of tslab 1.0 (github.com/yunabe/tslab, "Rich display").
 */
export interface Display {
  javascript(text: string): void;
  html(text: string): void;
  markdown(text: string): void;
  latex(text: string): void;
  svg(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  raw(contentType: string, content: string | Uint8Array): void;
}

/** Versions of what runs the cell; `tslab` is that of the kernel. */
export const versions = {
  tslab: versionIn(fromRoot("package.json")),
  typescript: versionIn(createRequire(import.meta.url).resolve("typescript/package.json")),
  node: process.version,
};

/** Shows content under the running cell. */
export const display: Display = displayBy((data) => {
  Session.current.display(data, { raw: true });
});

/** A display whose every call replaces what the last one showed. */
export function newDisplay(): Display {
  const display_id = randomUUID();
  let update = false;
  return displayBy((data) => {
    Session.current.display(data, { raw: true, display_id, update });
    update = true;
  });
}

function displayBy(show: (data: Record<string, string>) => void): Display {
  const raw = (type: string, content: string | Uint8Array): void => {
    const text = typeof content === "string" ? content : Buffer.from(content).toString("base64");
    show({ [type]: text });
  };
  return {
    javascript: (text) => raw("text/javascript", text),
    html: (text) => raw("text/html", text),
    markdown: (text) => raw("text/markdown", text),
    latex: (text) => raw("text/latex", text),
    svg: (text) => raw("image/svg+xml", text),
    png: (bytes) => raw("image/png", bytes),
    jpeg: (bytes) => raw("image/jpeg", bytes),
    gif: (bytes) => raw("image/gif", bytes),
    pdf: (bytes) => raw("application/pdf", bytes),
    text: (text) => raw("text/plain", text),
    raw,
  };
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
