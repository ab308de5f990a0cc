/** The certificate as SVG text; runs in Node for the blank one and, as its own text, in the page. */

export interface CertificateWords {
  school: string;
  certificate: string;
  /** Stands where no name is. */
  nobody: string;
  has: string;
  seed: string;
  /** By what was reached: 90%, 75%, 60%, less. */
  ranks: string[];
}

export interface Certified {
  name: string;
  /** Null on the blank one. */
  score: number | null;
  total: number;
  seed: number;
}

/** The valley, a ball as high above its floor as answers are missing, and what was reached. */
export function drawCertificate(
  { name, score, total, seed }: Certified,
  words: CertificateWords,
): string {
  const [width, height] = [640, 420];
  const share = score === null ? 0 : score / total;
  const rank = words.ranks[[0.9, 0.75, 0.6, 0].findIndex((least) => share >= least)]!;
  const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const line = (y: number, size: number, text: string, more = "") =>
    `<text x="${width / 2}" y="${y}" font-size="${size}"${more}>${escape(text)}</text>`;
  // A parabola; the ball starts at its rim and comes to rest on its floor.
  const valley = (x: number) => Math.round(372 - 0.0022 * (x - width / 2) ** 2);
  const slope = Array.from({ length: 61 }, (_, k) => 80 + 8 * k)
    .map((x, k) => `${k === 0 ? "M" : "L"}${x},${valley(x)}`)
    .join("");
  const at = Math.round(width / 2 - 220 * (1 - share));
  const ball = `<circle cx="${at}" cy="${valley(at) - 11}" r="10" fill="#e69f00"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="dh-drawing" width="${width}" height="${height}"`,
    ` viewBox="0 0 ${width} ${height}" text-anchor="middle" fill="#24292f"`,
    ` font-family="system-ui, Segoe UI, Noto Sans, Noto Sans CJK SC, PingFang SC, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<rect x="12" y="12" width="${width - 24}" height="${height - 24}" rx="10" fill="none"`,
    ` stroke="#0072b2" stroke-width="2"/>`,
    line(62, 17, words.school, ` fill="#0072b2" font-weight="600"`),
    line(108, 32, words.certificate, ` font-weight="700"`),
    line(156, 22, name.trim() || words.nobody),
    line(190, 16, words.has),
    line(236, 34, `${score ?? "?"} / ${total}`, ` font-weight="700" fill="#0072b2"`),
    line(270, 17, score === null ? "" : rank, ` font-weight="600"`),
    `<path d="${slope}" fill="none" stroke="#8fa9b8" stroke-width="3"/>${ball}`,
    line(398, 12, `${words.seed} ${seed}`, ` fill="#57606a"`),
    "</svg>",
  ].join("");
}

/** Everything above that a page needs, by its own text. */
export const certificateFunctions = [drawCertificate];
