import type { Chart, Plot, PlotOptions } from "./chart.ts";
import { labelWidth } from "./labels.ts";
import { palette } from "./palette.ts";

export interface Bar {
  label: string;
  /** One number, or the lengths of its parts by what they are. */
  value: number | Record<string, number>;
}

const LINE = 38;
const KEY = 30;

/**
 * Horizontal bars, one below the other, each with its length at its end. Bars in parts (five kinds
 * at most) have them stacked in one order, which a line above the bars names with their colours.
 *
 *     figure(bars([{ label: "Adam", value: { weights: 4, state: 8 } }], { x: { label: say("axis-gib") } }), text)
 */
export function bars(rows: Bar[], options: PlotOptions = {}): Chart {
  for (const { label, value } of rows) {
    if (typeof value === "number" || (typeof value === "object" && value !== null)) continue;
    throw new TypeError(
      `value of "${label}": ${value}. Give a number, or the lengths of its parts`,
    );
  }
  const kinds = [...new Set(rows.flatMap(({ value }) => Object.keys(partsOf(value))))];
  if (kinds.length > palette.colors.length) {
    throw new Error(`bars: ${kinds.length} kinds of parts. At most five can be told apart`);
  }
  const pieces = rows.flatMap(({ label, value }) => {
    const parts = partsOf(value);
    let end = 0;
    return kinds.map((kind, i) => {
      const start = end;
      end += parts[kind] ?? 0;
      return { label, start, end, color: palette.colors[i]! };
    });
  });
  const ends = rows.map(({ label, value }) => ({
    label,
    total: Object.values(partsOf(value)).reduce((sum, part) => sum + part, 0),
  }));
  const named = kinds.some((kind) => kind !== "");
  return (plot) => ({
    marginLeft: 16 + Math.max(0, ...rows.map(({ label }) => labelWidth(label))),
    marginRight: 64,
    marginTop: named ? KEY : 8,
    height: (named ? KEY : 8) + LINE * rows.length + 50,
    ...options,
    x: { grid: true, zero: true, ...options.x },
    y: { domain: rows.map(({ label }) => label), padding: 0.3, label: null, ...options.y },
    marks: [
      plot.barX(pieces, { x1: "start", x2: "end", y: "label", fill: "color", stroke: "white" }),
      plot.text(ends, {
        x: "total",
        y: "label",
        text: ({ total }: (typeof ends)[number]) => threeDigits(total),
        textAnchor: "start",
        dx: 6,
        fontWeight: 600,
      }),
      plot.ruleX([0]),
      ...(named ? key(plot, kinds) : []),
      ...(options.marks ?? []),
    ],
  });
}

function partsOf(value: Bar["value"]): Record<string, number> {
  return typeof value === "number" ? { "": value } : value;
}

/** A number as it is read beside a bar: three digits, a power of ten only where it must be. */
function threeDigits(value: number): string {
  return String(+value.toPrecision(3)).replace("-", "−");
}

/** Coloured squares with names, in a line above the bars. */
function key(plot: Plot, kinds: string[]) {
  let left = 0;
  return kinds.flatMap((kind, i) => {
    const at = { frameAnchor: "top-left" as const, dy: -16 };
    const marks = [
      plot.dot([0], { ...at, symbol: "square", r: 6, fill: palette.colors[i]!, dx: left + 8 }),
      plot.text([kind], {
        ...at,
        text: [kind],
        textAnchor: "start",
        lineAnchor: "middle",
        dx: left + 20,
      }),
    ];
    left += labelWidth(kind) + 40;
    return marks;
  });
}
