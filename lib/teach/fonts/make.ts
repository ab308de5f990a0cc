/**
 * Makes the fonts of the figures' PNGs from Debian's full ones. They are committed, because a
 * figure must look the same on every machine; run this only to change what they contain:
 *
 *     apt-get install libharfbuzz-bin fonts-noto-core fonts-noto-cjk
 *     npm run build && node dist/lib/teach/fonts/make.js
 */
import { spawnSync } from "node:child_process";
import { fromRoot } from "../../../root.ts";

const debian = "/usr/share/fonts";

const fonts = [
  {
    file: "NotoSansSC.otf",
    from: `${debian}/opentype/noto/NotoSansCJK-Regular.ttc`,
    face: 2,
    letters: chinese,
  },
  {
    file: "NotoSans.ttf",
    from: `${debian}/truetype/noto/NotoSans-Regular.ttf`,
    face: 0,
    letters: () => latin,
  },
  {
    file: "NotoSansMath.ttf",
    from: `${debian}/truetype/noto/NotoSansMath-Regular.ttf`,
    face: 0,
    letters: () => mathematics,
  },
];

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** ASCII, Latin 1, Greek, combining accents, punctuation, raised and lowered letters. */
const latin = [
  range(0x20, 0x7e),
  range(0xa0, 0x17f),
  range(0x300, 0x310),
  range(0x370, 0x3ff),
  range(0x1d00, 0x1dbf),
  range(0x2010, 0x205f),
  range(0x2070, 0x209c),
].flat();

/** Letter-like symbols, number forms, arrows, operators, shapes, ticks. */
const mathematics = [range(0x2100, 0x22ff), range(0x25a0, 0x25ff), range(0x27c0, 0x27ff)].flat();

/** GB 2312's punctuation and its first level, the 3755 characters of everyday Chinese. */
function chinese(): number[] {
  const decoder = new TextDecoder("gb2312");
  const rows = [...range(0xa1, 0xa9), ...range(0xb0, 0xd7)];
  return rows
    .flatMap((row) => range(0xa1, 0xfe).map((cell) => decoder.decode(Uint8Array.of(row, cell))))
    .filter((letter) => [...letter].length === 1 && letter !== "\ufffd")
    .map((letter) => letter.codePointAt(0)!);
}

for (const { file, from, face, letters } of fonts) {
  const result = spawnSync("hb-subset", [
    from,
    `--face-index=${face}`,
    `--unicodes=${[...new Set(letters())].map((code) => code.toString(16)).join(",")}`,
    "--layout-features=kern,ccmp,mark,mkmk",
    "--no-hinting",
    `--output-file=${fromRoot("lib", "teach", "fonts", file)}`,
  ]);
  if (result.status !== 0) {
    const why = result.error?.message ?? String(result.stderr);
    throw new Error(`font: ${file} not made: ${why}. Install what the head of this file names`);
  }
  console.log(file);
}
