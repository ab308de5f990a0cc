import { zlibSync } from "fflate";
import { fromRoot } from "../../root.ts";

/**
 * An SVG as a PNG (base64), for front ends that show no HTML. Notebooks are committed with their
 * figures, so it has at most 256 colours, which makes it three times smaller than true colour.
 */
export async function toPng(svg: string): Promise<string> {
  const { width, height, pixels } = await rasterize(svg);
  const { palette, indices } = reduceColors(pixels);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    // Each line begins with the number of its filter, 0 for none.
    lines.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("PLTE", palette),
    // fflate has the same bytes on every machine. Level 9 would take five times as long for 4 %.
    chunk("IDAT", zlibSync(lines, { level: 7 })),
    chunk("IEND", Buffer.alloc(0)),
  ]).toString("base64");
}

/** Drawn with the fonts in `fonts/` and no others: the same pixels on every machine. */
export async function rasterize(svg: string) {
  const { Resvg } = await import("@resvg/resvg-js");
  const fontFiles = ["NotoSans.ttf", "NotoSansSC.otf", "NotoSansMath.ttf"].map((file) =>
    fromRoot("lib", "teach", "fonts", file),
  );
  const image = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "Noto Sans" },
  });
  return image.render();
}

/** How different colours must be (sum over the channels) to have a place each. */
const DISTINCT = 12;

/** The palette of an opaque picture, most frequent colours first, and each pixel's place in it. */
function reduceColors(rgba: Uint8Array): { palette: Uint8Array; indices: Uint8Array } {
  const counts = new Map<number, number>();
  eachRun(rgba, (color, from, to) => counts.set(color, (counts.get(color) ?? 0) + to - from));
  const byCount = [...counts].sort(([a, n], [b, m]) => m - n || a - b).map(([color]) => color);
  const chosen: number[] = [];
  const nearest = new Map<number, number>();
  for (const color of byCount) {
    let [place, far] = [0, Infinity];
    for (let k = 0; k < chosen.length && far > 0; k++) {
      const d = difference(color, chosen[k]!);
      if (d < far) [place, far] = [k, d];
    }
    if (far >= DISTINCT && chosen.length < 256) place = chosen.push(color) - 1;
    nearest.set(color, place);
  }
  const indices = new Uint8Array(rgba.length / 4);
  eachRun(rgba, (color, from, to) => indices.fill(nearest.get(color)!, from, to));
  const palette = Uint8Array.from(chosen.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  return { palette, indices };
}

/** Calls for each run of pixels of one colour, with where it begins and ends: most pixels are as the one before. */
function eachRun(rgba: Uint8Array, use: (color: number, from: number, to: number) => void): void {
  const pixels = rgba.length / 4;
  const colorAt = (i: number) => (rgba[4 * i]! << 16) | (rgba[4 * i + 1]! << 8) | rgba[4 * i + 2]!;
  for (let from = 0, to = 0; from < pixels; from = to) {
    const color = colorAt(from);
    do to += 1;
    while (to < pixels && colorAt(to) === color);
    use(color, from, to);
  }
}

function difference(a: number, b: number): number {
  const channel = (shift: number) => Math.abs(((a >> shift) & 255) - ((b >> shift) & 255));
  return channel(16) + channel(8) + channel(0);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The checksum of PNG's chunks. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
