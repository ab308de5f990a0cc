import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** System programs that some tests need, and what installs them on Debian and Ubuntu. */
const programs = {
  chromium: "apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji",
  python3: "apt-get install python3",
} as const;

export type Program = keyof typeof programs;

/**
 * The path of a system program, or null where it is missing. The test then skips itself, and the
 * line printed here tells `npm test` what would have to be installed:
 *
 *     const chromium = need("chromium");
 *     (chromium ? test : test.skip)("opens the chapter", ...)
 */
export function need(program: Program): string | null {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  console.log(`needs ${program}: ${programs[program]}`);
  return null;
}
